/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a handler answers. Made on a worker, rendered there, sent by the main context. */
typedef struct
{
  guint status;
  JsonNode *json;           /* (owned) (nullable) the body until it is rendered */
  GBytes *body;             /* (owned) (nullable) */
  const char *content_type; /* (nullable) static */
  char *state;              /* (owned) (nullable) of a resource: the first half of its tag */
  GPtrArray *headers;       /* (owned) (element-type utf8) name, value, name, value … */
} BitketReply;

BitketReply *bitket_reply_new (guint status);
/** bitket_reply_new_json: @json: (transfer full) */
BitketReply *bitket_reply_new_json (guint status, JsonNode *json);
/** bitket_reply_new_object: @object: (transfer full) */
BitketReply *bitket_reply_new_object (guint status, JsonObject *object);
/** bitket_reply_new_array: 200; @array: (transfer full) */
BitketReply *bitket_reply_new_array (JsonArray *array);
/** bitket_reply_new_text: @text: (transfer full) */
BitketReply *bitket_reply_new_text (guint status, const char *content_type, char *text);
/** bitket_reply_new_field_error: 400 {"field":["text"]} */
BitketReply *bitket_reply_new_field_error (const char *field, const char *text);
/** bitket_reply_new_error: {"detail":"…"} with the error's status */
BitketReply *bitket_reply_new_error (const GError *error);
void bitket_reply_free (BitketReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketReply, bitket_reply_free)

/** bitket_reply_add_header: a repeated name replaces the one before */
void bitket_reply_add_header (BitketReply *reply, const char *name, const char *value);
/** bitket_reply_get_header: (nullable): names compare without case */
const char *bitket_reply_get_header (const BitketReply *reply, const char *name);

/* What about the request decides the form of the answer. */
typedef struct
{
  gboolean is_read; /* GET or HEAD: may be answered 304 */
  gboolean accepts_gzip;
  const char *if_none_match; /* (nullable) */
  const char *link_base;     /* (nullable) hyperlinks that begin so get @link_suffix */
  const char *link_suffix;   /* (nullable) "?format=json" */
} BitketReplyForm;

/**
 * bitket_reply_render:
 * Turns the JSON into bytes, adds ETag and Vary, answers 304 to who has it already, compresses what
 * is over 1 KiB for who takes it.
 */
void bitket_reply_render (BitketReply *reply, const BitketReplyForm *form);

/** bitket_reply_set_text: sets a member to @text (nullable): null */
void bitket_reply_set_text (JsonObject *object, const char *name, const char *text);
/** bitket_state_is_matched: whether @if_match names the resource whose tag begins with @state: "*",
 * or a list with its tag; weak tags never do */
gboolean bitket_state_is_matched (const char *if_match, const char *state);

G_END_DECLS
