/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-overview.h"
#include "bitket-sample-service.h"

G_BEGIN_DECLS

/* The sample event on a real bitketd. */

/** app_sample_start: makes it and signs in; aborts the test when that fails.
 * Returns: (transfer full): the organizer's session */
BitketSession *app_sample_start (BitketSampleService *sample);
/** app_sample_find_event: the id of the event whose name begins with @prefix. (transfer full) */
char *app_sample_find_event (BitketSession *session, const char *prefix);
/** app_sample_request: one exchange, waited for; aborts the test when it fails. (transfer full) */
JsonNode *app_sample_request (BitketSession *session, const char *method, const char *path);
/** app_sample_utilize_one: lets somebody into @event who is not inside yet, as another door would
 */
void app_sample_utilize_one (BitketSession *session, const char *event);
/** app_sample_reload_now_and_then: for a predicate that waits until the service is really gone:
 * each try has the time that it needs */
void app_sample_reload_now_and_then (BitketOverview *overview);

G_END_DECLS
