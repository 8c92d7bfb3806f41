/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A named thread that runs a main context of its own, which is its thread-default one: what libsoup
 * serves there waits there. Threads: any, where nothing else is said. */
typedef struct _BitketContextThread BitketContextThread;

/** bitket_context_thread_new: starts it. @name: at most 15 bytes, shows in ps and gdb */
BitketContextThread *bitket_context_thread_new (const char *name);
/** bitket_context_thread_free: (nullable): runs what was posted, then joins. Not from the thread */
void bitket_context_thread_free (BitketContextThread *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketContextThread, bitket_context_thread_free)

typedef void (*BitketContextFunc) (gpointer data);

/** bitket_context_thread_post: @func (@data) there, soon, in the order of the calls */
void bitket_context_thread_post (BitketContextThread *self,
                                 BitketContextFunc func,
                                 gpointer data,
                                 GDestroyNotify data_free);
/** bitket_context_thread_run: the same, waiting for it. Not from the thread */
void bitket_context_thread_run (BitketContextThread *self, BitketContextFunc func, gpointer data);
gboolean bitket_context_thread_is_current (BitketContextThread *self);

G_END_DECLS
