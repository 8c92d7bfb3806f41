/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-sample"

#include "bitket-sample-private.h"

#include "bitket-secret.h"
#include "bitket-text.h"
#include "bitket-time.h"

#include <gio/gio.h>
#include <string.h>

#define N_VALID_CODES 40
/* At the end of the open event's list: each gets a fate of its own. */
#define N_SPECIAL 6

typedef enum
{
  SPECIAL_PENDING = 1, /* counted from the end */
  SPECIAL_REFUNDED,
  SPECIAL_TRANSFERRED,
  SPECIAL_REISSUED,
  SPECIAL_UNSIGNED,
  SPECIAL_FORGED,
} Special;
G_STATIC_ASSERT (SPECIAL_FORGED == N_SPECIAL);

static BitketSampleCode *
add_text (SampleMaker *maker, const char *kind, const SampleEventRow *event, const char *text)
{
  BitketSampleCode *code = g_new0 (BitketSampleCode, 1);

  code->kind = kind;
  code->text = g_strdup (text);
  code->event = event->event;
  g_ptr_array_add (maker->sample->codes, code);
  return code;
}

/* @said: what the picture says of @ticket */
static void
add_case (SampleMaker *maker,
          const char *kind,
          const SampleEventRow *event,
          const SampleTicket *ticket,
          const BitketTicketCode *said)
{
  g_autofree char *text = bitket_ticket_code_format (said);
  BitketSampleCode *code = add_text (maker, kind, event, text);

  code->ownership = g_strdup (ticket->ownership);
  code->name = g_strdup (ticket->holder);
  code->ticket_type = g_strdup (ticket->type->spec->name);
}

static const SampleTicket *
get_special (SampleMaker *maker, Special which)
{
  GPtrArray *sold = maker->events[0].sold;

  return sold->pdata[sold->len - which];
}

static gboolean
make_reissued (SampleMaker *maker, GError **error)
{
  const SampleTicket *ticket = get_special (maker, SPECIAL_REISSUED);
  BitketTicketCode code;

  if (!bitket_store_reissue (maker->db, ticket->ownership, error) ||
      !bitket_store_ticket_code (maker->db, ticket->ownership, &code, error))
    return FALSE;
  add_case (maker, "replaced", &maker->events[0], ticket, &ticket->code);
  add_case (maker, "valid", &maker->events[0], ticket, &code);
  return TRUE;
}

static gboolean
make_transferred (SampleMaker *maker, GError **error)
{
  const SampleTicket *ticket = get_special (maker, SPECIAL_TRANSFERRED);
  g_auto (SamplePerson) buyer = { "" };
  SampleTicket new = *ticket;
  char ownership[BITKET_ID_SIZE];

  if (!sample_make_person (maker, &buyer, error) ||
      !bitket_store_transfer (maker->db, ticket->ownership, buyer.id,
                              maker->now_us - BITKET_TIME_HOUR_US, ownership, error) ||
      !bitket_store_ticket_code (maker->db, ownership, &new.code, error))
    return FALSE;
  g_strlcpy (new.ownership, ownership, sizeof new.ownership);
  new.holder = buyer.name;
  add_case (maker, "resold", &maker->events[0], ticket, &ticket->code);
  add_case (maker, "valid", &maker->events[0], &new, &new.code);
  return TRUE;
}

static gboolean
make_refunded (SampleMaker *maker, GError **error)
{
  const SampleTicket *ticket = get_special (maker, SPECIAL_REFUNDED);
  gint64 refunded_us = maker->now_us - BITKET_TIME_HOUR_US;
  const char *ownerships[] = { ticket->ownership, NULL };

  if (!bitket_store_refund (maker->db, ticket->ownership, refunded_us, error))
    return FALSE;
  add_case (maker, "refunded", &maker->events[0], ticket, &ticket->code);
  return ticket->price_ore == 0 || sample_add_transaction (maker, "refund", -ticket->price_ore,
                                                           refunded_us, ownerships, error);
}

/* One byte of a good signature changed. */
static void
make_forged (SampleMaker *maker)
{
  const SampleTicket *ticket = get_special (maker, SPECIAL_FORGED);
  BitketTicketCode forged = ticket->code;

  forged.signature[20] ^= 0x40;
  add_case (maker, "bad-signature", &maker->events[0], ticket, &forged);
}

/* Drawn as the original did: as good as a signed one, as long as the door knows the ticket. */
static void
make_unsigned (SampleMaker *maker)
{
  const SampleTicket *ticket = get_special (maker, SPECIAL_UNSIGNED);
  BitketTicketCode plain = ticket->code;

  plain.has_signature = FALSE;
  add_case (maker, "unsigned", &maker->events[0], ticket, &plain);
}

static void
make_unknown (SampleMaker *maker)
{
  BitketTicketCode unknown = { .has_signature = FALSE };
  g_autofree char *text = NULL;

  sample_random_id (maker, unknown.ownership);
  g_snprintf (unknown.code, sizeof unknown.code, "%06x", sample_random_below (maker, 1 << 24));
  text = bitket_ticket_code_format (&unknown);
  add_text (maker, "unknown", &maker->events[0], text);
}

static void
make_valid (SampleMaker *maker)
{
  GPtrArray *sold = maker->events[0].sold;
  guint n_utilized = sold->len * maker->events[0].spec->utilized_percent / 100;
  guint first_utilized = (sold->len - n_utilized) / 2;

  for (guint i = 0; i < MIN (N_VALID_CODES, first_utilized); i++)
    {
      const SampleTicket *ticket = sold->pdata[i];

      add_case (maker, "valid", &maker->events[0], ticket, &ticket->code);
    }
  if (n_utilized > 0)
    {
      const SampleTicket *ticket = sold->pdata[first_utilized];

      add_case (maker, "utilized", &maker->events[0], ticket, &ticket->code);
    }
}

static void
make_at_other_events (SampleMaker *maker)
{
  const SampleTicket *later = maker->events[1].sold->pdata[0];
  const SampleTicket *past = maker->events[2].sold->pdata[0];

  add_case (maker, "wrong-event", &maker->events[0], later, &later->code);
  add_case (maker, "wrong-event", &maker->events[0], past, &past->code);
  add_case (maker, "not-yet", &maker->events[1], later, &later->code);
  add_case (maker, "over", &maker->events[2], past, &past->code);
}

gboolean
sample_make_cases (SampleMaker *maker, GError **error)
{
  const SampleTicket *pending = get_special (maker, SPECIAL_PENDING);

  make_valid (maker);
  if (!make_reissued (maker, error) || !make_transferred (maker, error) ||
      !make_refunded (maker, error))
    return FALSE;
  add_case (maker, "pending", &maker->events[0], pending, &pending->code);
  make_at_other_events (maker);
  make_unknown (maker);
  make_forged (maker);
  make_unsigned (maker);
  add_text (maker, "not-a-ticket", &maker->events[0], "https://www.example.com/luciafesten");
  add_text (maker, "not-a-ticket", &maker->events[0], "WIFI:T:WPA;S:Kårallen gäst;P:lussekatt;;");
  return TRUE;
}

/* "åsa-lindberg" → "asa-lindberg": what every file system and shell takes. */
static char *
dup_file_name (guint number, const BitketSampleCode *code)
{
  g_autofree char *folded = bitket_text_fold (code->name != NULL ? code->name : "nobody");

  g_strcanon (folded, "abcdefghijklmnopqrstuvwxyz0123456789", '-');
  return g_strdup_printf ("%02u-%s-%s.png", number, code->kind, folded);
}

static gboolean
write_picture (const BitketSampleCode *code, const char *path, GError **error)
{
  gboolean is_signed = strstr (code->text, "\"sig\"") != NULL;
  g_autoptr (GBytes) png =
      bitket_qr_png (code->text, is_signed ? BITKET_QR_SIGNED : BITKET_QR_ORIGINAL, error);

  return png != NULL && g_file_set_contents (path, g_bytes_get_data (png, NULL),
                                             (gssize) g_bytes_get_size (png), error);
}

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

gboolean
bitket_sample_write_codes (const BitketSample *sample, const char *directory, GError **error)
{
  g_autoptr (GString) index = g_string_new ("file\tcase\tevent\townership\tname\tticket_type\n");
  g_autoptr (GFile) folder = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *index_path = NULL;

  g_return_val_if_fail (sample != NULL && directory != NULL, FALSE);

  folder = g_file_new_for_commandline_arg (directory);
  if (!g_file_make_directory_with_parents (folder, NULL, &local_error) &&
      !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "could not make the directory “%s”: ", directory);
      return FALSE;
    }
  for (guint i = 0; i < sample->codes->len; i++)
    {
      const BitketSampleCode *code = sample->codes->pdata[i];
      g_autofree char *name = dup_file_name (i + 1, code);
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (!write_picture (code, path, error))
        return FALSE;
      g_string_append_printf (index, "%s\t%s\t%s\t%s\t%s\t%s\n", name, code->kind,
                              code->event->slug, or_empty (code->ownership), or_empty (code->name),
                              or_empty (code->ticket_type));
    }
  index_path = g_build_filename (directory, "index.tsv", NULL);
  return g_file_set_contents (index_path, index->str, (gssize) index->len, error);
}

static void
add_member (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

gboolean
bitket_sample_write_credentials (const BitketSample *sample, const char *file, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (BitketSecretString) text = NULL;

  g_return_val_if_fail (sample != NULL && file != NULL, FALSE);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "service");
  json_builder_add_null_value (builder);
  add_member (builder, "email", sample->email);
  add_member (builder, "password", sample->password);
  add_member (builder, "token", sample->token);
  json_builder_set_member_name (builder, "events");
  json_builder_begin_array (builder);
  for (guint i = 0; i < sample->events->len; i++)
    {
      const BitketSampleEvent *event = sample->events->pdata[i];

      json_builder_begin_object (builder);
      add_member (builder, "id", event->id);
      add_member (builder, "slug", event->slug);
      add_member (builder, "name", event->name);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  return bitket_secret_store (file, text, error);
}
