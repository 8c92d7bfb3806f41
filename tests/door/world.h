/* SPDX-License-Identifier: MIT */
#pragma once

#include "fault-service.h"

G_BEGIN_DECLS

/* A door with some tickets in its cache, and a service that knows them too. */
typedef struct
{
  Fixture *fixture;
  FaultService *service;
  GPtrArray *conflicts; /* (element-type BitketOutcome) */
  GPtrArray *troubles;  /* (element-type GError) */
} World;

World *world_new (guint n_tickets);
void world_free (World *world);
FixtureTicket *world_get_ticket (World *world, guint i);
void world_open_online (World *world, BitketDoorFlags flags);
void world_open_offline (World *world);
void world_sync_now (World *world, BitketDoorSyncReport *report);
void world_check_scan (World *world,
                       const FixtureTicket *ticket,
                       BitketVerdict verdict,
                       BitketReason reason);
void world_check_admit (World *world,
                        const FixtureTicket *ticket,
                        const char *forced,
                        BitketReason reason);
void world_undo (World *world);
guint world_count_waiting (World *world);
gboolean world_is_hanging (gpointer service);
gboolean world_is_all_sent (gpointer world);
gboolean world_is_gone (gpointer weak);
void world_answer_hanging (World *world);
void world_enter_offline (World *world, guint n);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

#define KEEP ((GAsyncReadyCallback) (void (*) (void)) bitket_test_keep_result)

G_END_DECLS
