/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-smtp.h"

#include <curl/curl.h>
#include <gio/gio.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS         60000

struct _BitketSmtp
{
  CURL *easy;              /* (owned) */
  BitketConfig *config;    /* (owned) */
  const gint *is_stopping; /* (unowned) (atomic) */
  gboolean is_loopback;
};

/* What is still to be read of the message under way. */
typedef struct
{
  const char *data;
  gsize len;
} Upload;

gboolean
bitket_smtp_is_loopback (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

BitketSmtp *
bitket_smtp_new (BitketConfig *config, const gint *is_stopping)
{
  BitketSmtp *self;

  g_return_val_if_fail (config != NULL && config->smtp_url != NULL, NULL);
  g_return_val_if_fail (config->mail_from != NULL && is_stopping != NULL, NULL);

  self = g_new0 (BitketSmtp, 1);
  self->easy = curl_easy_init ();
  self->config = bitket_config_ref (config);
  self->is_stopping = is_stopping;
  self->is_loopback = bitket_smtp_is_loopback (config->smtp_url);
  return self;
}

void
bitket_smtp_free (BitketSmtp *self)
{
  g_return_if_fail (self != NULL);

  curl_easy_cleanup (self->easy);
  bitket_config_unref (self->config);
  g_free (self);
}

static size_t
read_cb (char *buffer, size_t size, size_t n, void *user_data)
{
  Upload *upload = user_data;
  gsize len = MIN (upload->len, size * n);

  memcpy (buffer, upload->data, len);
  upload->data += len;
  upload->len -= len;
  return len;
}

/* What has begun to be handed over is finished: breaking off there could make two mails of it. */
static int
progress_cb (void *user_data, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
  const BitketSmtp *self = user_data;

  return g_atomic_int_get (self->is_stopping) && up == 0 ? 1 : 0;
}

/* curl writes the address into a command of the protocol as it stands. */
static gboolean
is_plain_address (const char *address)
{
  if (strchr (address, '@') == NULL)
    return FALSE;
  for (const char *p = address; *p != '\0'; p++)
    if ((guchar) *p <= ' ' || *p == 0x7f || *p == '<' || *p == '>')
      return FALSE;
  return TRUE;
}

static void
set_options (BitketSmtp *self, Upload *upload, struct curl_slist *recipients)
{
  CURL *easy = self->easy;

  curl_easy_reset (easy);
  curl_easy_setopt (easy, CURLOPT_URL, self->config->smtp_url);
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_TIMEOUT_MS);
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) TIMEOUT_MS);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 2L);
  /* On the way to this very machine nobody listens, and its certificate rarely names it. */
  curl_easy_setopt (easy, CURLOPT_USE_SSL,
                    (long) (self->is_loopback ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (self->config->ca_file != NULL)
    curl_easy_setopt (easy, CURLOPT_CAINFO, self->config->ca_file);
  if (self->config->smtp_user != NULL)
    {
      curl_easy_setopt (easy, CURLOPT_USERNAME, self->config->smtp_user);
      curl_easy_setopt (easy, CURLOPT_PASSWORD, self->config->smtp_password);
    }
  curl_easy_setopt (easy, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt (easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt (easy, CURLOPT_READFUNCTION, read_cb);
  curl_easy_setopt (easy, CURLOPT_READDATA, upload);
  curl_easy_setopt (easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t) upload->len);
  curl_easy_setopt (easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt (easy, CURLOPT_XFERINFOFUNCTION, progress_cb);
  curl_easy_setopt (easy, CURLOPT_XFERINFODATA, self);
}

/* The server's last reply tells whether it was about this mail. What it is not let to know, or who
 * is not let in (530 and its like), is about any. */
static BitketSmtpOutcome
judge (CURLcode code, long reply)
{
  if (code == CURLE_OK)
    return BITKET_SMTP_SENT;
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return BITKET_SMTP_CANCELLED;
  if (code != CURLE_SEND_ERROR && code != CURLE_WEIRD_SERVER_REPLY && code != CURLE_RECV_ERROR)
    return BITKET_SMTP_UNREACHABLE;
  if (reply == 421 || (reply >= 530 && reply <= 538))
    return BITKET_SMTP_UNREACHABLE;
  if (reply >= 500 && reply <= 599)
    return BITKET_SMTP_REFUSED;
  if (reply >= 400 && reply <= 499)
    return BITKET_SMTP_POSTPONED;
  return BITKET_SMTP_UNREACHABLE;
}

BitketSmtpOutcome
bitket_smtp_send (BitketSmtp *self, const char *to, GBytes *message, char **reason)
{
  g_autofree char *sender = NULL;
  g_autofree char *recipient = NULL;
  struct curl_slist *recipients;
  Upload upload;
  CURLcode code;
  long reply = 0;

  g_return_val_if_fail (self != NULL && to != NULL, BITKET_SMTP_UNKNOWN);
  g_return_val_if_fail (message != NULL && reason != NULL, BITKET_SMTP_UNKNOWN);

  if (!is_plain_address (to))
    {
      *reason = g_strdup ("this is no address that mail can be sent to");
      return BITKET_SMTP_REFUSED;
    }
  sender = g_strdup_printf ("<%s>", self->config->mail_from);
  recipient = g_strdup_printf ("<%s>", to);
  recipients = curl_slist_append (NULL, recipient);
  upload.data = g_bytes_get_data (message, &upload.len);
  set_options (self, &upload, recipients);
  curl_easy_setopt (self->easy, CURLOPT_MAIL_FROM, sender);
  code = curl_easy_perform (self->easy);
  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &reply);
  curl_easy_setopt (self->easy, CURLOPT_MAIL_RCPT, NULL);
  curl_slist_free_all (recipients);
  if (code != CURLE_OK)
    *reason = g_strdup_printf ("%s (the mail server's last reply: %ld)", curl_easy_strerror (code),
                               reply);
  return judge (code, reply);
}
