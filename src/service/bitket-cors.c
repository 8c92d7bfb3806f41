/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-cors.h"

#include <string.h>

#define EXPOSED                                                                                    \
  "Link, ETag, Location, X-Request-Id, Idempotent-Replayed, Preference-Applied, Retry-After, "     \
  "Bitket-Sandbox"
#define METHODS "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
#define HEADERS                                                                                    \
  "authorization, content-type, if-match, if-none-match, idempotency-key, prefer, x-request-id"
#define MAX_AGE "86400"

/* Returns: (nullable): what Access-Control-Allow-Origin says to @origin */
static const char *
find_origin (const BitketConfig *config, const char *origin)
{
  if (config->cors_origins == NULL || origin == NULL)
    return NULL;
  for (guint i = 0; config->cors_origins[i] != NULL; i++)
    if (strcmp (config->cors_origins[i], "*") == 0 || strcmp (config->cors_origins[i], origin) == 0)
      return config->cors_origins[i];
  return NULL;
}

gboolean
bitket_cors_is_preflight (const char *method, SoupMessageHeaders *request)
{
  g_return_val_if_fail (method != NULL && request != NULL, FALSE);

  return strcmp (method, "OPTIONS") == 0 &&
         soup_message_headers_get_one (request, "Access-Control-Request-Method") != NULL;
}

void
bitket_cors_answer (const BitketConfig *config,
                    const char *method,
                    SoupMessageHeaders *request,
                    SoupMessageHeaders *response)
{
  const char *origin;

  g_return_if_fail (config != NULL && method != NULL && request != NULL && response != NULL);

  origin = find_origin (config, soup_message_headers_get_one (request, "Origin"));
  if (origin == NULL)
    return;
  soup_message_headers_replace (response, "Access-Control-Allow-Origin", origin);
  if (!bitket_cors_is_preflight (method, request))
    {
      soup_message_headers_replace (response, "Access-Control-Expose-Headers", EXPOSED);
      return;
    }
  soup_message_headers_replace (response, "Access-Control-Allow-Methods", METHODS);
  soup_message_headers_replace (response, "Access-Control-Allow-Headers", HEADERS);
  soup_message_headers_replace (response, "Access-Control-Max-Age", MAX_AGE);
}

void
bitket_cors_vary (const BitketConfig *config, SoupMessageHeaders *response)
{
  g_return_if_fail (config != NULL && response != NULL);

  if (config->cors_origins != NULL && config->cors_origins[0] != NULL)
    soup_message_headers_append (response, "Vary", "Origin");
}
