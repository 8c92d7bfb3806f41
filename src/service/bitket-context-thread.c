/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-context-thread.h"

struct _BitketContextThread
{
  GThread *thread;       /* (owned) */
  GMainContext *context; /* (owned) */
  GMainLoop *loop;       /* (owned) */
};

typedef struct
{
  BitketContextFunc func;
  gpointer data;
  GDestroyNotify data_free; /* (nullable) */
} Post;

/* Somebody who waits. */
typedef struct
{
  BitketContextFunc func;
  gpointer data;
  GMutex mutex;
  GCond cond;
  gboolean is_done; /* (mutex mutex) */
} Visit;

static void
free_post (Post *post)
{
  if (post->data_free != NULL)
    post->data_free (post->data);
  g_free (post);
}

static gboolean
post_cb (gpointer user_data)
{
  Post *post = user_data;

  post->func (post->data);
  return G_SOURCE_REMOVE;
}

static gpointer
run_thread (gpointer data)
{
  BitketContextThread *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

BitketContextThread *
bitket_context_thread_new (const char *name)
{
  BitketContextThread *self;

  g_return_val_if_fail (name != NULL, NULL);

  self = g_new0 (BitketContextThread, 1);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new (name, run_thread, self);
  return self;
}

/* Comes behind everything posted before. */
static void
quit (gpointer data)
{
  g_main_loop_quit (data);
}

void
bitket_context_thread_free (BitketContextThread *self)
{
  if (self == NULL)
    return;
  g_assert (!bitket_context_thread_is_current (self));
  bitket_context_thread_post (self, quit, self->loop, NULL);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

void
bitket_context_thread_post (BitketContextThread *self,
                            BitketContextFunc func,
                            gpointer data,
                            GDestroyNotify data_free)
{
  g_autoptr (GSource) source = NULL;
  Post *post;

  g_return_if_fail (self != NULL && func != NULL);

  post = g_new0 (Post, 1);
  *post = (Post) { func, data, data_free };
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, post_cb, post, (GDestroyNotify) free_post);
  g_source_attach (source, self->context);
}

static void
run_visit (gpointer data)
{
  Visit *visit = data;

  visit->func (visit->data);
  g_mutex_lock (&visit->mutex);
  visit->is_done = TRUE;
  g_cond_signal (&visit->cond);
  g_mutex_unlock (&visit->mutex);
}

void
bitket_context_thread_run (BitketContextThread *self, BitketContextFunc func, gpointer data)
{
  Visit visit = { .func = func, .data = data };

  g_return_if_fail (self != NULL && func != NULL);
  g_assert (!bitket_context_thread_is_current (self));

  g_mutex_init (&visit.mutex);
  g_cond_init (&visit.cond);
  bitket_context_thread_post (self, run_visit, &visit, NULL);
  g_mutex_lock (&visit.mutex);
  while (!visit.is_done)
    g_cond_wait (&visit.cond, &visit.mutex);
  g_mutex_unlock (&visit.mutex);
  g_mutex_clear (&visit.mutex);
  g_cond_clear (&visit.cond);
}

gboolean
bitket_context_thread_is_current (BitketContextThread *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return g_thread_self () == self->thread;
}
