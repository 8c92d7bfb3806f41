/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-session.h"

G_BEGIN_DECLS

/* The sample event on this machine: makes its database when it is not there, runs a `bitketd` of
 * its own on a free port of the loopback address, and stops it again. The service dies with this
 * process, however that ends.
 *
 * Properties: progress (string, read-only): what is being done, for people.
 * Signals: ended (): the service went away by itself. */
#define BITKET_TYPE_SAMPLE_SERVICE (bitket_sample_service_get_type ())
G_DECLARE_FINAL_TYPE (BitketSampleService, bitket_sample_service, BITKET, SAMPLE_SERVICE, GObject)

/** bitket_sample_service_new: @directory: where the database lies; made when missing, mode 0700 */
BitketSampleService *bitket_sample_service_new (const char *directory);
/** bitket_sample_service_start_async: up to the point where somebody is signed in. May be called
 * again after it failed. */
void bitket_sample_service_start_async (BitketSampleService *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/** bitket_sample_service_start_finish: Returns: (transfer full): a session of the sample's
 * organizer */
BitketSession *bitket_sample_service_start_finish (BitketSampleService *self,
                                                   GAsyncResult *result,
                                                   GError **error);
/** bitket_sample_service_stop: SIGTERM; does not wait. May be called twice. */
void bitket_sample_service_stop (BitketSampleService *self);
const char *bitket_sample_service_get_directory (BitketSampleService *self);

G_END_DECLS
