/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * bitket_openapi_describe:
 * @base: where the service is reached, "https://host"
 * @version: the program's
 *
 * The API as an OpenAPI 3.0.3 document, made from the schemas and the route tables. A route that
 * neither is of a collection nor has a row in bitket-openapi-routes.c is left out.
 * Returns: (transfer full)
 */
JsonObject *bitket_openapi_describe (const char *base, const char *version);

G_END_DECLS
