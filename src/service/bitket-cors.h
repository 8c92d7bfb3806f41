/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-config.h"

G_BEGIN_DECLS

/* Cross-origin requests (the Fetch standard, "HTTP extensions"): which web pages of other hosts
 * may use the API. None, and no header says anything about it, unless origins are configured.
 * Cookies play no part: who asks stands in the Authorization header. */

/** bitket_cors_is_preflight: a browser asks whether it may ask */
gboolean bitket_cors_is_preflight (const char *method, SoupMessageHeaders *request);
/** bitket_cors_answer: puts into @response what there is to say to @request, whatever becomes of
 * it: errors can be read by a page as well */
void bitket_cors_answer (const BitketConfig *config,
                         const char *method,
                         SoupMessageHeaders *request,
                         SoupMessageHeaders *response);
/** bitket_cors_vary: adds to the Vary of an answer that it depends on the origin */
void bitket_cors_vary (const BitketConfig *config, SoupMessageHeaders *response);

G_END_DECLS
