/* SPDX-License-Identifier: MIT */
/*
 * deliver.h - what aliasbridge-deliver loads
 */
#ifndef ALIASBRIDGE_DELIVER_H
#define ALIASBRIDGE_DELIVER_H

/* One delivery, as aliasbridge-deliver(8) says. Does not return: it ends with
 * _exit, so that any other exit is known to be a stray one. */
int deliver_main(int argc, char **argv) __attribute__((visibility("default")));

#endif
