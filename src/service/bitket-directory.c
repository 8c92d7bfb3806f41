/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-directory-private.h"

#include <libxml/parser.h>

#include "bitket-card.h"
#include "bitket-liu-id.h"
#include "bitket-service-error.h"

#define TIMEOUT_MS 3000

struct _BitketDirectory
{
  BitketConfig *config; /* (owned) */
  BitketHttp *http;     /* (unowned) */
};

typedef struct
{
  BitketHttpResponse *(*send) (const BitketConfig *config,
                               BitketHttp *http,
                               BitketDirectoryKey kind,
                               const char *key,
                               guint timeout_ms,
                               GError **error);
  gboolean (
      *read) (guint status, const char *body, gsize len, BitketStudent **student, GError **error);
} Source;

static const Source sesam = { bitket_sesam_send, bitket_sesam_read };
static const Source kobra = { bitket_kobra_send, bitket_kobra_read };

BitketDirectory *
bitket_directory_new (BitketConfig *config, BitketHttp *http)
{
  BitketDirectory *self;

  g_return_val_if_fail (config != NULL && http != NULL, NULL);

  xmlInitParser ();
  self = g_new0 (BitketDirectory, 1);
  self->config = bitket_config_ref (config);
  self->http = http;
  return self;
}

void
bitket_directory_free (BitketDirectory *self)
{
  if (self == NULL)
    return;
  bitket_config_unref (self->config);
  g_free (self);
}

gboolean
bitket_directory_is_on (BitketDirectory *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->config->sesam_url != NULL || self->config->kobra_url != NULL;
}

BitketStudent *
bitket_student_new (const char *liu_id, const char *email, const char *student_union)
{
  BitketStudent *student;
  char id[BITKET_LIU_ID_SIZE];

  if (liu_id == NULL || !bitket_liu_id_parse (liu_id, id, NULL))
    return NULL;
  student = g_new0 (BitketStudent, 1);
  student->liu_id = g_strdup (id);
  student->email = email != NULL && *email != '\0' ? g_strdup (email)
                                                   : g_strconcat (id, "@student.liu.se", NULL);
  student->student_union =
      student_union != NULL && *student_union != '\0' ? g_strdup (student_union) : NULL;
  return student;
}

void
bitket_student_free (BitketStudent *student)
{
  g_return_if_fail (student != NULL);

  g_free (student->email);
  g_free (student->liu_id);
  g_free (student->student_union);
  g_free (student);
}

gboolean
bitket_directory_fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (BITKET_SERVICE_ERROR,
                                                BITKET_SERVICE_ERROR_UNAVAILABLE, format, args));
  va_end (args);
  return FALSE;
}

/* @until_us: (monotonic) */
static gboolean
ask_source (BitketDirectory *self,
            const Source *source,
            BitketDirectoryKey kind,
            const char *key,
            gint64 until_us,
            BitketStudent **student,
            GError **error)
{
  gint64 left_ms = (until_us - g_get_monotonic_time ()) / 1000;
  g_autoptr (BitketHttpResponse) response = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *body;
  gsize len;

  if (left_ms <= 0)
    return bitket_directory_fail (error, "the directories took too long");
  response = source->send (self->config, self->http, kind, key, (guint) left_ms, &local_error);
  if (response == NULL)
    return bitket_directory_fail (error, "%s", local_error->message);
  body = g_bytes_get_data (response->body, &len);
  return source->read (response->status, body != NULL ? body : "", len, student, error);
}

/* Both directories in turn. Not knowing somebody is no answer as long as one of them failed. */
static gboolean
ask_all (BitketDirectory *self,
         BitketDirectoryKey kind,
         const char *key,
         gint64 until_us,
         BitketStudent **student,
         GError **error)
{
  g_autoptr (GError) first_error = NULL;
  g_autoptr (GError) second_error = NULL;
  g_autoptr (BitketStudent) found = NULL;

  if (self->config->sesam_url != NULL)
    ask_source (self, &sesam, kind, key, until_us, &found, &first_error);
  if (found == NULL && self->config->kobra_url != NULL)
    ask_source (self, &kobra, kind, key, until_us, &found, &second_error);
  if (found == NULL && first_error != NULL)
    return bitket_directory_fail (error, "Sesam: %s", first_error->message);
  if (found == NULL && second_error != NULL)
    return bitket_directory_fail (error, "Kobra: %s", second_error->message);
  *student = g_steal_pointer (&found);
  return TRUE;
}

gboolean
bitket_directory_find (BitketDirectory *self,
                       BitketDirectoryKey kind,
                       const char *key,
                       BitketStudent **student,
                       GError **error)
{
  gint64 until_us = g_get_monotonic_time () + TIMEOUT_MS * 1000;
  g_autoptr (BitketStudent) found = NULL;
  BitketCard card;

  g_return_val_if_fail (self != NULL && key != NULL && student != NULL, FALSE);

  if (kind == BITKET_DIRECTORY_BY_CARD)
    {
      if (!bitket_card_parse (key, -1, &card, error) ||
          !ask_all (self, kind, card.number, until_us, &found, error) ||
          (found == NULL && card.reversed[0] != '\0' &&
           !ask_all (self, kind, card.reversed, until_us, &found, error)))
        return FALSE;
    }
  else if (!ask_all (self, kind, key, until_us, &found, error))
    return FALSE;
  *student = g_steal_pointer (&found);
  return TRUE;
}
