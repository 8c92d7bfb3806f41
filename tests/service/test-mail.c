/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The mails that bring tickets: how they are written, and that each is handed over once, to a mail
 * server that is strict, by a real bitketd on both databases. */

#include <glib/gstdio.h>
#include <gmime/gmime.h>
#include <string.h>

#include "bitket-outbox.h"
#include "bitket-smtp.h"
#include "bitket-ticket-mail.h"
#include "bitketd-fixture.h"

#define NOW  G_GINT64_CONSTANT (1500000000000000)
#define FROM "tickets@bitket.example"

/* What is tried for the names that people may choose. */
static const struct
{
  const char *name;
  const char *shown; /* in a header */
} names[] = {
  { "Lucia", "Lucia" },
  { "Fest\r\nBcc: thief@example.com", "Fest  Bcc: thief@example.com" },
  { "Fest\n\nThis is no body", "Fest  This is no body" },
  { "a\tb\x7f\x01 c", "a b   c" },
  { "Fest\xe2\x80\xa8rad", "Fest rad" },
  { "Räksmörgås & <b>Ö</b> 🎉", "Räksmörgås & <b>Ö</b> 🎉" },
  { "\"quoted\", <angle@example.com>; (x)", "\"quoted\", <angle@example.com>; (x)" },
  { "=?utf-8?q?Bcc?=", NULL }, /* GMime may decode it again; it stays one header */
  { ".", "." },
  { "", "" },
};

static void
fill_mail (BitketTicketMail *mail, const char *name)
{
  mail->id = g_strdup ("11111111-1111-4111-8111-111111111111");
  mail->from = g_strdup (FROM);
  mail->public_url = g_strdup ("https://bitket.example/?a=1&b=2");
  mail->organization_name = g_strdup (name);
  mail->organization_email = g_strdup ("info@example.com");
  mail->event_name = g_strdup (name);
  mail->venue = g_strdup (name);
  mail->starts_us = NOW;
  mail->ticket_type_name = g_strdup ("Party");
  mail->choices = g_strdup (name);
  mail->holder_name = g_strdup (name);
  mail->holder_email = g_strdup ("anna@example.com");
  g_strlcpy (mail->code.ownership, WORLD_OWNERSHIP, sizeof mail->code.ownership);
  g_strlcpy (mail->code.code, WORLD_CODE, sizeof mail->code.code);
}

static GMimeMessage *
parse_message (const char *data, gsize len)
{
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer (data, len);
  GMimeParser *parser = g_mime_parser_new_with_stream (stream);
  GMimeMessage *message = g_mime_parser_construct_message (parser, NULL);

  g_object_unref (parser);
  g_object_unref (stream);
  g_assert_nonnull (message);
  return message;
}

/* Lines end in CR LF, none is longer than a server takes, headers are ASCII. */
static void
check_lines (const char *data, gsize len)
{
  gsize line_len = 0;

  for (gsize i = 0; i < len; i++)
    {
      g_assert_cmpint ((guchar) data[i], <, 0x80);
      g_assert_cmpint (data[i], !=, '\0');
      if (data[i] == '\n')
        {
          g_assert_cmpint (data[i - 1], ==, '\r');
          line_len = 0;
          continue;
        }
      g_assert_true (data[i] != '\r' || data[i + 1] == '\n');
      g_assert_cmpuint (++line_len, <=, 998);
    }
}

static void
check_headers (GMimeMessage *message, const char *shown)
{
  static const char *const expected[] = {
    "From",       "Reply-To",       "To",           "Subject",      "Date",
    "Message-Id", "Auto-Submitted", "MIME-Version", "Content-Type", NULL,
  };
  GMimeHeaderList *headers = g_mime_object_get_header_list (GMIME_OBJECT (message));
  g_autofree char *subject =
      g_strdup_printf ("%s: Party [" WORLD_OWNERSHIP "]", shown != NULL ? shown : "");
  InternetAddressList *to = g_mime_message_get_addresses (message, GMIME_ADDRESS_TYPE_TO);

  g_strstrip (subject);
  for (int i = 0; i < g_mime_header_list_get_count (headers); i++)
    {
      const char *name = g_mime_header_get_name (g_mime_header_list_get_header_at (headers, i));

      if (!g_strv_contains (expected, name))
        g_test_message ("unexpected header %s", name);
      g_assert_true (g_strv_contains (expected, name));
    }
  if (shown != NULL)
    g_assert_cmpstr (g_mime_message_get_subject (message), ==, subject);
  g_assert_cmpint (internet_address_list_length (to), ==, 1);
  g_assert_cmpstr (internet_address_mailbox_get_addr (
                       INTERNET_ADDRESS_MAILBOX (internet_address_list_get_address (to, 0))),
                   ==, "anna@example.com");
  g_assert_cmpstr (g_mime_message_get_message_id (message), ==,
                   "11111111-1111-4111-8111-111111111111@bitket.example");
}

static GMimeObject *
get_part (GMimeObject *object, int index, const char *type, const char *subtype)
{
  GMimeObject *part;

  g_assert_true (GMIME_IS_MULTIPART (object));
  part = g_mime_multipart_get_part (GMIME_MULTIPART (object), index);
  g_assert_true (
      g_mime_content_type_is_type (g_mime_object_get_content_type (part), type, subtype));
  return part;
}

/* Text, and HTML with the picture beside it. Returns: (transfer full): the text */
static char *
check_parts (GMimeMessage *message)
{
  GMimeObject *body = g_mime_message_get_mime_part (message);
  GMimeObject *text = get_part (body, 0, "text", "plain");
  GMimeObject *related = get_part (body, 1, "multipart", "related");
  GMimeObject *html = get_part (related, 0, "text", "html");
  GMimeObject *picture = get_part (related, 1, "image", "png");
  g_autofree char *html_text = g_mime_text_part_get_text (GMIME_TEXT_PART (html));
  g_autofree char *cid =
      g_strdup_printf ("\"cid:%s\"", g_mime_part_get_content_id (GMIME_PART (picture)));
  GMimeStream *stream = g_mime_stream_mem_new ();
  GByteArray *bytes;

  g_assert_nonnull (strstr (html_text, cid));
  g_assert_nonnull (strstr (html_text, "https://bitket.example/?a=1&amp;b=2"));
  g_assert_null (strstr (html_text, "<b>"));
  g_assert_cmpstr (g_mime_part_get_filename (GMIME_PART (picture)), ==, "qr.png");
  g_assert_cmpstr (g_mime_object_get_disposition (picture), ==, "inline");
  g_mime_data_wrapper_write_to_stream (g_mime_part_get_content (GMIME_PART (picture)), stream);
  bytes = g_mime_stream_mem_get_byte_array (GMIME_STREAM_MEM (stream));
  g_assert_cmpuint (bytes->len, >, 8);
  g_assert_cmpmem (bytes->data, 8, "\x89PNG\r\n\x1a\n", 8);
  g_object_unref (stream);
  return g_mime_text_part_get_text (GMIME_TEXT_PART (text));
}

static void
check_mail (const char *name, const char *shown)
{
  g_auto (BitketTicketMail) mail = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  GMimeMessage *message;
  const char *data;
  gsize len;

  fill_mail (&mail, name);
  bytes = bitket_ticket_mail_format (&mail, NOW, &error);
  g_assert_no_error (error);
  data = g_bytes_get_data (bytes, &len);
  check_lines (data, len);
  message = parse_message (data, len);
  check_headers (message, shown);
  text = check_parts (message);
  g_assert_nonnull (strstr (text, WORLD_CODE));
  g_assert_nonnull (strstr (text, "2017-07-14 04:40"));
  g_object_unref (message);
}

static void
test_names (void)
{
  g_autofree char *many = g_strnfill (20000, 'x');
  g_autoptr (GString) wide = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    check_mail (names[i].name, names[i].shown);
  for (guint i = 0; i < 3000; i++)
    g_string_append (wide, "Å ");
  check_mail (many, NULL);
  check_mail (wide->str, NULL);
}

static void
test_loopback (void)
{
  static const struct
  {
    const char *url;
    gboolean is_loopback;
  } cases[] = {
    { "smtp://localhost", TRUE },
    { "smtp://LOCALHOST:25", TRUE },
    { "smtp://127.0.0.1:25", TRUE },
    { "smtp://127.9.9.9", TRUE },
    { "smtps://[::1]:465", TRUE },
    { "smtp://mail.example.com:587", FALSE },
    { "smtp://localhost.example.com", FALSE },
    { "smtp://127.0.0.1.example.com", FALSE },
    { "smtp://0.0.0.0", FALSE },
    { "smtp://[::2]", FALSE },
    { "nonsense", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bitket_smtp_is_loopback (cases[i].url), ==, cases[i].is_loopback);
}

/* The mail server, and what it got. */
typedef struct
{
  char *dir;                  /* (owned) */
  char *port;                 /* (owned) */
  BitketTestProcess *process; /* (owned) */
} Post;

static void
post_clear (Post *post)
{
  g_autofree char *violations = g_build_filename (post->dir, "violations", NULL);
  g_autofree char *text = NULL;

  if (g_file_get_contents (violations, &text, NULL, NULL))
    g_test_message ("the mail server: %s", text);
  g_assert_null (text);
  bitket_test_process_free (post->process);
  bitket_test_dir_free (post->dir);
  g_free (post->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Post, post_clear)

/* @options: (nullable) (array zero-terminated=1): at most five */
static void
post_start (Post *post, const char *const *options)
{
  g_autofree char *program =
      g_test_build_filename (G_TEST_DIST, "support", "smtp-stand-in.py", NULL);
  const char *argv[10] = { "python3", program };
  static const char *const environment[] = { "SMTP_PASSWORD=secret", NULL };

  post->dir = bitket_test_new_dir ();
  argv[2] = post->dir;
  for (guint i = 0; options != NULL && options[i] != NULL; i++)
    argv[3 + i] = options[i];
  post->process = bitket_test_process_spawn (argv, environment);
  post->port = bitket_test_process_wait_for_line (post->process, "listening on ", 60);
}

/* @text: (nullable): as usual */
static void
post_behave (Post *post, const char *text)
{
  g_free (bitket_test_write_file (post->dir, "behaviour", text != NULL ? text : ""));
}

static void
configure (Bitketd *bitketd, const char *url, const char *more)
{
  g_autofree char *text =
      g_strdup_printf ("[mail]\nsmtp-url = %s\nfrom = " FROM "\n%s", url, more != NULL ? more : "");

  bitketd_configure (bitketd, text);
}

static void
configure_post (Bitketd *bitketd, const Post *post)
{
  g_autofree char *url = g_strdup_printf ("smtp://127.0.0.1:%s", post->port);

  configure (bitketd, url, NULL);
}

static gboolean
file_is_there (gpointer data)
{
  return g_file_test (data, G_FILE_TEST_EXISTS);
}

/* Returns: (transfer full): mail number @n */
static char *
post_wait (Post *post, guint n, gsize *len)
{
  g_autofree char *name = g_strdup_printf ("%u.eml", n);
  g_autofree char *path = g_build_filename (post->dir, name, NULL);
  char *data = NULL;

  g_assert_true (bitket_test_wait_until (file_is_there, path, 60));
  g_assert_true (g_file_get_contents (path, &data, len, NULL));
  return data;
}

static gboolean
post_has (Post *post, guint n)
{
  g_autofree char *name = g_strdup_printf ("%u.eml", n);
  g_autofree char *path = g_build_filename (post->dir, name, NULL);

  return file_is_there (path);
}

static void
resend (Bitketd *bitketd)
{
  g_autoptr (Answer) answer = bitketd_ask (
      bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/resend/", WORLD_STAFF, "");

  g_assert_cmpuint (answer->status, ==, 200);
}

typedef struct
{
  BitketDb *db; /* (unowned) */
  const char *sql;
} Condition;

static gboolean
holds (gpointer data)
{
  Condition *condition = data;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (condition->db, condition->sql, NULL);

  return statement != NULL && bitket_statement_step (statement, NULL);
}

/* Until @sql finds a row. */
static void
wait_for_row (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  Condition condition = { db, sql };

  g_assert_true (bitket_test_wait_until (holds, &condition, 60));
}

#define OUTBOX_IS_EMPTY "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM mails)"
#define POSTPONED       "SELECT 1 FROM mails WHERE n_attempts = 1 AND claim = '' AND last_error <> ''"

static void
run_sql (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

static void
test_sent (Bitketd *bitketd)
{
  g_auto (Post) post = { 0 };
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *envelope = NULL;
  g_autofree char *path = NULL;
  GMimeMessage *message;
  gsize len;

  post_start (&post, NULL);
  configure_post (bitketd, &post);
  resend (bitketd);
  first = post_wait (&post, 1, &len);
  message = parse_message (first, len);
  g_assert_cmpstr (g_mime_message_get_subject (message), ==,
                   "Luciafesten 2017: Party ticket [" WORLD_OWNERSHIP "]");
  g_object_unref (message);
  path = g_build_filename (post.dir, "1.json", NULL);
  g_assert_true (g_file_get_contents (path, &envelope, NULL, NULL));
  g_assert_cmpstr (envelope, ==, "{\"from\": \"" FROM "\", \"to\": [\"alice@example.com\"]}");
  wait_for_row (bitketd, OUTBOX_IS_EMPTY);
  resend (bitketd);
  second = post_wait (&post, 2, &len);
  wait_for_row (bitketd, OUTBOX_IS_EMPTY);
  bitketd_stop (bitketd);
  g_assert_false (post_has (&post, 3));
}

/* The new code goes out, not the dead one; a ticket that changed hands meanwhile goes to whoever
 * has it now. */
static void
test_newest (Bitketd *bitketd)
{
  g_auto (Post) post = { 0 };
  g_autofree char *mail = NULL;
  g_autofree char *next = NULL;
  g_autoptr (Answer) reissued = NULL;
  g_autoptr (Answer) transferred = NULL;
  gsize len;

  post_start (&post, NULL);
  configure_post (bitketd, &post);
  reissued = bitketd_ask (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/reissue/",
                          WORLD_STAFF, "");
  mail = post_wait (&post, 1, &len);
  g_assert_nonnull (strstr (mail, answer_get_text (reissued, "code")));
  g_assert_null (strstr (mail, WORLD_CODE));
  wait_for_row (bitketd, OUTBOX_IS_EMPTY);
  transferred =
      bitketd_ask (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/transfer/",
                   WORLD_STAFF, "{\"email\":\"bob@example.com\"}");
  g_assert_cmpuint (transferred->status, ==, 200);
  next = post_wait (&post, 2, &len);
  g_assert_nonnull (strstr (next, "bob@example.com"));
  /* Of the one before nothing is sent any more. */
  run_sql (bitketd, "INSERT INTO mails (id, kind, ownership, created, next_attempt, n_attempts,"
                    " claim) VALUES ('x', 'ticket', '" WORLD_OWNERSHIP "', 0, 0, 0, '')");
  wait_for_row (bitketd, OUTBOX_IS_EMPTY);
  bitketd_stop (bitketd);
  g_assert_false (post_has (&post, 3));
}

/* What could not be sent is sent later, also by a service that was started anew. */
static void
test_later (Bitketd *bitketd)
{
  static const char *const behaviours[] = { "END 451\n", "RCPT 450\n", "GREETING 421\n" };
  g_auto (Post) post = { 0 };

  post_start (&post, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (behaviours); i++)
    {
      g_autofree char *mail = NULL;
      gsize len;

      post_behave (&post, behaviours[i]);
      configure_post (bitketd, &post);
      resend (bitketd);
      wait_for_row (bitketd, POSTPONED);
      g_assert_false (post_has (&post, i + 1));
      bitketd_stop (bitketd);
      post_behave (&post, NULL);
      run_sql (bitketd, "UPDATE mails SET next_attempt = 0");
      bitketd_start (bitketd);
      mail = post_wait (&post, i + 1, &len);
      wait_for_row (bitketd, OUTBOX_IS_EMPTY);
    }
}

/* A mailbox that is none is tried some times, then given up; no address stands in the reason. */
static void
test_refused (Bitketd *bitketd)
{
  g_auto (Post) post = { 0 };
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (BitketStatement) statement = NULL;

  post_start (&post, NULL);
  post_behave (&post, "RCPT 550\n");
  configure_post (bitketd, &post);
  resend (bitketd);
  wait_for_row (bitketd, POSTPONED);
  run_sql (bitketd, "UPDATE mails SET next_attempt = 0, n_attempts = 4");
  wait_for_row (bitketd, "SELECT 1 FROM mails WHERE given_up IS NOT NULL AND n_attempts = 5");
  db = bitketd_open_db (bitketd);
  statement = bitket_db_prepare (db, "SELECT last_error FROM mails", NULL);
  g_assert_true (bitket_statement_step (statement, NULL));
  g_assert_nonnull (strstr (bitket_statement_get_text (statement, 0), "550"));
  g_assert_null (strchr (bitket_statement_get_text (statement, 0), '@'));
  g_assert_false (post_has (&post, 1));
}

/* An address that says more than an address never reaches the server. */
static void
test_bad_address (Bitketd *bitketd)
{
  g_auto (Post) post = { 0 };

  post_start (&post, NULL);
  configure_post (bitketd, &post);
  run_sql (bitketd, "UPDATE users SET email = 'alice@example.com>\r\nRCPT TO:<thief@example.com'"
                    " WHERE email = 'alice@example.com'");
  resend (bitketd);
  wait_for_row (bitketd, POSTPONED);
  g_assert_false (post_has (&post, 1));
}

/* Only over TLS with a certificate that is right, except to this very machine. */
static void
test_tls (Bitketd *bitketd)
{
  g_autofree char *pem = g_test_build_filename (G_TEST_DIST, "service", "data", "smtp.pem", NULL);
  g_autofree char *other = g_test_build_filename (G_TEST_DIST, "client", "self-signed.pem", NULL);
  g_autofree char *trust = g_strdup_printf ("[http]\nca-file = %s\n", pem);
  g_autofree char *trust_other = g_strdup_printf ("[http]\nca-file = %s\n", other);
  const struct
  {
    const char *options[6];
    const char *scheme;
    const char *host;
    const char *more;
    gboolean is_sent;
  } cases[] = {
    /* Nothing is offered, and it is not this machine as it is written. */
    { { NULL }, "smtp", "0.0.0.0", trust, FALSE },
    { { "--certificate", pem, NULL }, "smtp", "0.0.0.0", trust, TRUE },
    /* Whom nobody trusts. */
    { { "--certificate", pem, NULL }, "smtp", "0.0.0.0", trust_other, FALSE },
    /* Who is trusted, but is somebody else. */
    { { "--certificate", other, NULL }, "smtp", "0.0.0.0", trust_other, FALSE },
    { { "--certificate", pem, "--implicit", NULL }, "smtps", "127.0.0.1", trust, TRUE },
    { { "--certificate", pem, "--implicit", NULL }, "smtps", "127.0.0.1", trust_other, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Post) post = { 0 };
      g_autofree char *url = NULL;

      post_start (&post, cases[i].options);
      url = g_strdup_printf ("%s://%s:%s", cases[i].scheme, cases[i].host, post.port);
      run_sql (bitketd, "DELETE FROM mails");
      configure (bitketd, url, cases[i].more);
      resend (bitketd);
      wait_for_row (bitketd, cases[i].is_sent ? OUTBOX_IS_EMPTY : POSTPONED);
      g_assert_cmpint (post_has (&post, 1), ==, cases[i].is_sent);
      bitketd_stop (bitketd);
    }
}

static void
test_sign_in (Bitketd *bitketd)
{
  static const struct
  {
    const char *password;
    gboolean is_sent;
  } cases[] = { { "secret", TRUE }, { "wrong", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Post) post = { 0 };
      g_autofree char *url = NULL;
      g_autofree char *file = bitket_test_write_file (bitketd->dir, "smtp", cases[i].password);
      g_autofree char *more =
          g_strdup_printf ("smtp-user = bitket\nsmtp-password-file = %s\n", file);

      g_assert_cmpint (g_chmod (file, 0600), ==, 0);
      post_start (&post, (const char *[]) { "--user", "bitket", NULL });
      url = g_strdup_printf ("smtp://127.0.0.1:%s", post.port);
      configure (bitketd, url, more);
      resend (bitketd);
      wait_for_row (bitketd, cases[i].is_sent ? OUTBOX_IS_EMPTY : POSTPONED);
      g_assert_cmpint (post_has (&post, 1), ==, cases[i].is_sent);
      g_assert_null (strstr (bitket_test_process_get_errors (bitketd->process), "wrong"));
    }
}

/* Two services on one database: every ticket's mail goes out once. */
static void
test_two_services (Bitketd *bitketd)
{
  g_auto (Post) post = { 0 };
  Bitketd twin = *bitketd;
  guint n_mails = 0;

  post_start (&post, NULL);
  configure_post (bitketd, &post);
  twin.process = NULL;
  twin.session = NULL;
  twin.url = NULL;
  twin.config_file = bitketd->config_file;
  bitketd_start (&twin);
  /* Enough that both are at work. */
  run_sql (bitketd, "INSERT INTO mails (id, kind, ownership, created, next_attempt, n_attempts,"
                    " claim) SELECT o.id, 'ticket', o.id, 0, 0, 0, '' FROM ticket_ownerships o"
                    " JOIN tickets t ON t.id = o.ticket"
                    " WHERE t.pending = 0 AND o.superseded IS NULL");
  wait_for_row (bitketd, OUTBOX_IS_EMPTY);
  bitketd_stop (&twin);
  bitketd_stop (bitketd);
  g_clear_object (&twin.session);
  g_free (twin.url);
  while (post_has (&post, n_mails + 1))
    n_mails++;
  g_assert_cmpuint (n_mails, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_mime_init ();
  g_test_add_func ("/service/mail/names", test_names);
  g_test_add_func ("/service/mail/loopback", test_loopback);
  bitketd_test_add ("service/mail/sent", test_sent);
  bitketd_test_add ("service/mail/newest", test_newest);
  bitketd_test_add ("service/mail/later", test_later);
  bitketd_test_add ("service/mail/refused", test_refused);
  bitketd_test_add ("service/mail/bad-address", test_bad_address);
  bitketd_test_add ("service/mail/tls", test_tls);
  bitketd_test_add ("service/mail/sign-in", test_sign_in);
  bitketd_test_add ("service/mail/two-services", test_two_services);
  return g_test_run ();
}
