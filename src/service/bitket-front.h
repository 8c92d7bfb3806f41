/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-config.h"
#include "bitket-connections.h"

G_BEGIN_DECLS

/* One of several threads that serve HTTP, each with a SoupServer and connections of its own: GLib
 * waits with poll(), whose cost grows with the connections of a thread. Requests and their answers
 * stay on the front's thread. */
typedef struct _BitketFront BitketFront;

typedef struct
{
  const char *name;             /* of the thread */
  GTlsCertificate *certificate; /* (nullable) */
  BitketConfig *config;
  /* Of SoupServer, on the front's thread; their user_data is the front. */
  SoupServerCallback early;
  SoupServerCallback request;
  /* After bitket_front_stop(), on the front's thread: nothing is in work any more. Once. */
  void (*drained) (gpointer owner);
  gpointer owner;
} BitketFrontOptions;

BitketFront *bitket_front_new (const BitketFrontOptions *options);
/** bitket_front_free: (nullable): runs what was posted there, closes what is open, joins. Not from
 * the front's thread */
void bitket_front_free (BitketFront *self);
gpointer bitket_front_get_owner (BitketFront *self);

/* Any thread: */
/** bitket_front_take: serves @socket */
void bitket_front_take (BitketFront *self, GSocket *socket, BitketConnectionFlags flags);
guint bitket_front_get_n_connections (BitketFront *self);
guint bitket_front_get_n_running (BitketFront *self);
/** bitket_front_stop: closes what is idle, lets finish what was begun, then calls drained() */
void bitket_front_stop (BitketFront *self);
/** bitket_front_cut: closes everything at once */
void bitket_front_cut (BitketFront *self);

/* The front's thread: a request from its headers to the last byte of its answer. */
void bitket_front_begin (BitketFront *self);
void bitket_front_end (BitketFront *self);

G_END_DECLS
