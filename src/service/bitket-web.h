/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-router.h"

G_BEGIN_DECLS

/* Every path that is not the API's is the web shop's, by any method, as in the original: the files
 * of [http] web-root, or a page of our own that says what this is. */

/** bitket_web_match: for a path that the router does not know. @match (out). Returns: %FALSE under
 * "/api/" */
gboolean bitket_web_match (const char *path, BitketMatch *match);
/** bitket_web_protect: adds to a page, whoever made it, what keeps a browser from doing more with
 * it than is meant; its own Content-Security-Policy stays */
void bitket_web_protect (BitketReply *reply);

/** bitket_web_dup_settings: Returns: (transfer full): the script that tells the web client what it
 * reads of the settings; nothing in it can end the element it stands in */
char *bitket_web_dup_settings (const BitketShared *shared);
/** bitket_web_dup_hash: Returns: (transfer full): "'sha256-…'" of a script or style that stands in
 * a page */
char *bitket_web_dup_hash (const char *text);

/* bitket-web-files.c */

/**
 * bitket_web_files_read:
 * @path: of a URL, still escaped
 * @content_type: (out): static
 *
 * A regular file below @root, of at most 16 MiB. Symbolic links, names that begin with a dot and
 * whatever else leads elsewhere are not followed. Worker thread.
 * Returns: (transfer full) (nullable): there is none
 */
GBytes *bitket_web_files_read (const char *root, const char *path, const char **content_type);
/** bitket_web_files_insert: Returns: (transfer full): the page with @script as its first */
GBytes *bitket_web_files_insert (GBytes *page, const char *script);

/* bitket-web-page.c */

/** bitket_web_page_make: our own page, in Swedish or English. Returns: %NULL with @error */
BitketReply *bitket_web_page_make (BitketRequest *request, BitketDb *db, GError **error);
/** bitket_web_prefers_swedish: of an Accept-Language header (nullable) */
gboolean bitket_web_prefers_swedish (const char *accept_language);

G_END_DECLS
