/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "world.h"

#include "bitket-test-support.h"

World *
world_new (guint n_tickets)
{
  World *world = g_new0 (World, 1);

  world->fixture = fixture_new ();
  world->fixture->now_us = g_get_real_time ();
  bitket_clock_set (world->fixture->clock, world->fixture->now_us);
  for (guint i = 0; i < n_tickets; i++)
    fixture_add (world->fixture, BITKET_TICKET_STATE_VALID, "Åsa Öberg");
  world->service = fault_service_new (world->fixture);
  world->conflicts = g_ptr_array_new_with_free_func (g_object_unref);
  world->troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  return world;
}

void
world_free (World *world)
{
  fixture_close (world->fixture);
  fault_service_free (world->service);
  g_ptr_array_unref (world->conflicts);
  g_ptr_array_unref (world->troubles);
  fixture_free (world->fixture);
  g_free (world);
}

FixtureTicket *
world_get_ticket (World *world, guint i)
{
  return &g_array_index (world->fixture->tickets, FixtureTicket, i);
}

static void
conflict_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  g_ptr_array_add (((World *) user_data)->conflicts, g_object_ref (outcome));
}

static void
trouble_cb (BitketDoor *door, GError *error, gpointer user_data)
{
  g_ptr_array_add (((World *) user_data)->troubles, g_error_copy (error));
}

void
world_open_online (World *world, BitketDoorFlags flags)
{
  fixture_open (world->fixture, world->service->url, flags);
  g_signal_connect (world->fixture->door, "conflict", G_CALLBACK (conflict_cb), world);
  g_signal_connect (world->fixture->door, "trouble", G_CALLBACK (trouble_cb), world);
}

void
world_open_offline (World *world)
{
  fixture_open (world->fixture, NULL, BITKET_DOOR_DEFAULT);
}

void
world_sync_now (World *world, BitketDoorSyncReport *report)
{
  g_autoptr (GError) error = NULL;

  fixture_sync (world->fixture, report, &error);
  g_assert_no_error (error);
}

/* Scans @ticket's QR, signed, and checks what comes of it. */
void
world_check_scan (World *world,
                  const FixtureTicket *ticket,
                  BitketVerdict verdict,
                  BitketReason reason)
{
  g_autofree char *qr = fixture_qr (world->fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = fixture_scan (world->fixture, qr);

  assert_outcome (outcome, verdict, reason);
}

void
world_check_admit (World *world,
                   const FixtureTicket *ticket,
                   const char *forced,
                   BitketReason reason)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      fixture_admit (world->fixture, ticket->ownership, forced, &error);

  g_assert_no_error (error);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, reason);
}

void
world_undo (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome = fixture_undo (world->fixture, NULL, &error);

  g_assert_no_error (error);
}

guint
world_count_waiting (World *world)
{
  return fixture_get_uint (world->fixture, "n-waiting");
}

gboolean
world_is_hanging (gpointer service)
{
  return ((FaultService *) service)->hanging->len > 0;
}

gboolean
world_is_all_sent (gpointer world)
{
  return world_count_waiting (world) == 0;
}

gboolean
world_is_gone (gpointer weak)
{
  return *(gpointer *) weak == NULL;
}

/* The page that the service was asked for first, as the tickets stand now. */
void
world_answer_hanging (World *world)
{
  g_autoptr (GBytes) page =
      fixture_page (world->fixture, world_get_ticket (world, 0), world->fixture->tickets->len);
  SoupServerMessage *message = g_ptr_array_index (world->service->hanging, 0);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY,
                                    g_bytes_get_data (page, NULL), g_bytes_get_size (page));
  soup_server_message_unpause (message);
}

void
world_enter_offline (World *world, guint n)
{
  world_open_offline (world);
  for (guint i = 0; i < n; i++)
    world_check_scan (world, world_get_ticket (world, i), BITKET_VERDICT_ADMIT,
                      BITKET_REASON_VALID);
  fixture_close (world->fixture);
}
