/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What is made of the answers of providers and directories, strange ones above all. */

#include <string.h>

#include "bitket-base64url.h"
#include "bitket-directory-private.h"
#include "bitket-jws.h"
#include "bitket-provider-private.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

#define PPID "\"ppid\":\"6+6vJRBYhESmnJYNG3eiYQ==\""
#define LIN  "25faeebb-5810-4484-a69c-960d1b77a261"

static void
test_liu (void)
{
  static const struct
  {
    const char *claims;
    const char *uid; /* NULL: refused */
    const char *email;
    const char *name;
    const char *liu_id;
    const char *lin;
  } cases[] = {
    { "{" PPID "}", "25afeeeb-5810-4484-a69c-960d1b77a261", NULL, NULL, NULL, NULL },
    { "{\"http://liu.se/claims/norEduPersonLIN\":\"" LIN "\"}", LIN, NULL, NULL, NULL, LIN },
    { "{\"norEduPersonLIN\":\"25FAEEBB58104484A69C960D1B77A261\"}", LIN, NULL, NULL, NULL, LIN },
    { "{\"nor_edu_person_lin\":\"" LIN "\"}", LIN, NULL, NULL, NULL, LIN },
    { "{\"nor_edu_person_lin\":\"nonsense\"}", NULL, NULL, NULL, NULL, NULL },
    { "{\"sub\":\"astli042@liu.se\"}", "astli042", NULL, NULL, "astli042", NULL },
    { "{\"sub\":\"opaque\",\"upn\":\"ASTLI042@ad.liu.se\"}", "astli042", NULL, NULL, "astli042",
      NULL },
    { "{\"winaccountname\":\"ADLIU\\\\astli042\"}", "astli042", NULL, NULL, "astli042", NULL },
    { "{\"email\":\"astli042@student.liu.se\"}", "astli042", "astli042@student.liu.se", NULL,
      "astli042", NULL },
    /* Only the university's own addresses are LiU IDs. */
    { "{\"email\":\"astli042@example.com\"}", NULL, NULL, NULL, NULL, NULL },
    { "{" PPID ",\"unique_name\":\"Åsa Li\",\"given_name\":\"X\"}",
      "25afeeeb-5810-4484-a69c-960d1b77a261", NULL, "Åsa Li", NULL, NULL },
    { "{" PPID ",\"unique_name\":\"ADLIU\\\\astli042\",\"given_name\":\"Åsa\","
      "\"family_name\":\"Li\"}",
      "25afeeeb-5810-4484-a69c-960d1b77a261", NULL, "Åsa Li", NULL, NULL },
    { "{" PPID ",\"family_name\":\"Li\"}", "25afeeeb-5810-4484-a69c-960d1b77a261", NULL, "Li", NULL,
      NULL },
    { "{\"ppid\":\"AAAA\"}", NULL, NULL, NULL, NULL, NULL },
    { "{\"ppid\":\"\",\"sub\":\"\",\"email\":\"\"}", NULL, NULL, NULL, NULL, NULL },
    { "{\"ppid\":7,\"sub\":[],\"email\":{}}", NULL, NULL, NULL, NULL, NULL },
    { "{}", NULL, NULL, NULL, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = bitket_json_parse (cases[i].claims, -1, NULL);
      g_autoptr (BitketProfile) profile = bitket_provider_read_liu (node, &error);

      g_test_message ("%s", cases[i].claims);
      if (cases[i].uid == NULL)
        {
          g_assert_null (profile);
          g_assert_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpstr (profile->uid, ==, cases[i].uid);
      g_assert_cmpstr (profile->email, ==, cases[i].email);
      g_assert_cmpstr (profile->name, ==, cases[i].name);
      g_assert_cmpstr (profile->liu_id, ==, cases[i].liu_id);
      g_assert_cmpstr (profile->lin, ==, cases[i].lin);
    }
}

#define NOW_S 1700000000

static void
test_claims (void)
{
  static const struct
  {
    const char *claims;
    const char *issuer;
    const char *audience;
    gboolean is_good;
  } cases[] = {
    { "{\"exp\":1700000001}", NULL, NULL, TRUE },
    { "{\"exp\":1699999941}", NULL, NULL, TRUE }, /* a minute's leeway */
    { "{\"exp\":1699999940}", NULL, NULL, FALSE },
    { "{\"exp\":1700003600,\"nbf\":1700000060}", NULL, NULL, TRUE },
    { "{\"exp\":1700003600,\"nbf\":1700000061}", NULL, NULL, FALSE },
    { "{\"exp\":\"1700003600\"}", NULL, NULL, FALSE },
    { "{\"exp\":-1}", NULL, NULL, FALSE },
    { "{\"exp\":9223372036854775807}", NULL, NULL, FALSE },
    { "{\"exp\":1700003600,\"nbf\":\"x\"}", NULL, NULL, FALSE },
    { "{}", NULL, NULL, FALSE },
    { "{\"exp\":1700003600,\"iss\":\"me\"}", "me", NULL, TRUE },
    { "{\"exp\":1700003600,\"iss\":\"meme\"}", "me", NULL, FALSE },
    { "{\"exp\":1700003600,\"iss\":[\"me\"]}", "me", NULL, FALSE },
    { "{\"exp\":1700003600}", "me", NULL, FALSE },
    { "{\"exp\":1700003600,\"aud\":\"us\"}", NULL, "us", TRUE },
    { "{\"exp\":1700003600,\"aud\":[1,\"them\",\"us\"]}", NULL, "us", TRUE },
    { "{\"exp\":1700003600,\"aud\":[\"them\"]}", NULL, "us", FALSE },
    { "{\"exp\":1700003600,\"aud\":{\"us\":1}}", NULL, "us", FALSE },
    { "{\"exp\":1700003600,\"aud\":null}", NULL, "us", FALSE },
    { "{\"exp\":1700003600}", NULL, "us", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) claims = bitket_json_parse (cases[i].claims, -1, NULL);
      BitketJws jws = { .claims = claims };
      g_autoptr (GError) error = NULL;
      gboolean is_good = bitket_jws_check_claims (&jws, cases[i].issuer, cases[i].audience,
                                                  NOW_S * G_GINT64_CONSTANT (1000000), &error);

      if (is_good != cases[i].is_good)
        g_test_message ("%s", cases[i].claims);
      g_assert_true (is_good == cases[i].is_good);
      g_assert_true (is_good == (error == NULL));
    }
}

static void
test_tokens (void)
{
  static const struct
  {
    const char *header;
    const char *tail; /* from the first dot on */
    gboolean is_good;
  } cases[] = {
    { "{\"alg\":\"RS256\"}", ".e30.AA", TRUE },
    { "{\"alg\":\"RS256\",\"kid\":\"a\",\"x5t\":\"b\"}", ".e30.AA", TRUE },
    { "{\"alg\":\"RS256\"}", ".e30.", TRUE }, /* an empty signature never verifies */
    { "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", ".e30.AA", FALSE },
    { "{\"alg\":\"none\"}", ".e30.", FALSE },
    { "{\"alg\":\"None\"}", ".e30.", FALSE },
    { "{\"alg\":\"HS256\"}", ".e30.AA", FALSE },
    { "{\"alg\":\"rs256\"}", ".e30.AA", FALSE },
    { "{\"alg\":[\"RS256\"]}", ".e30.AA", FALSE },
    { "{\"alg\":\"RS256\",\"kid\":7}", ".e30.AA", FALSE },
    { "{}", ".e30.AA", FALSE },
    { "[]", ".e30.AA", FALSE },
    { "{\"alg\":\"RS256\"}", "", FALSE },
    { "{\"alg\":\"RS256\"}", ".e30", FALSE },
    { "{\"alg\":\"RS256\"}", ".e30.AA.AA", FALSE },
    { "{\"alg\":\"RS256\"}", ".W10.AA", FALSE }, /* claims that are an array */
    { "{\"alg\":\"RS256\"}", ".e30=.AA", FALSE },
    { "{\"alg\":\"RS256\"}", ".e30.A+", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) token = g_string_new (NULL);
      g_auto (BitketJws) jws = { 0 };
      g_autoptr (GError) error = NULL;
      gboolean is_good;

      bitket_base64url_append (token, cases[i].header, strlen (cases[i].header));
      g_string_append (token, cases[i].tail);
      is_good = bitket_jws_parse (token->str, &jws, &error);
      if (is_good != cases[i].is_good)
        g_test_message ("%s %s", cases[i].header, cases[i].tail);
      g_assert_true (is_good == cases[i].is_good);
      g_assert_true (is_good == (error == NULL));
    }
}

static void
test_key_sets (void)
{
  static const char *const bad[] = {
    "",
    "[]",
    "{}",
    "{\"keys\":7}",
    "{\"keys\":[]}",
    "{\"keys\":[7,{},{\"kty\":\"EC\"}]}",
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}]}",
    "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
  };
  static const char pem[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bitket_key_set_new_from_jwks (bad[i], strlen (bad[i]), &error));
      g_assert_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE);
    }
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (bitket_key_set_new_from_certificate (pem, strlen (pem), &error));
    g_assert_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE);
  }
}

#define SOAP "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
#define END  "</s:Body></s:Envelope>"
#define FOUND                                                                                      \
  SOAP "<GetStudentResponse xmlns=\"http://service.integration.it.liu.se/StudentService/2.0\">"    \
       "<GetStudentResult xmlns:b=\"urn:b\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"" \
       "><b:Student>"
#define FOUND_END "</b:Student></GetStudentResult></GetStudentResponse>" END

typedef struct
{
  guint status;
  const char *body;
  gboolean is_good;
  const char *email; /* NULL: nobody */
  const char *member_of;
} StudentCase;

static void
check_students (const StudentCase *cases,
                gsize n_cases,
                gboolean (*read) (guint status,
                                  const char *body,
                                  gsize len,
                                  BitketStudent **student,
                                  GError **error))
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autoptr (BitketStudent) student = NULL;
      g_autoptr (GError) error = NULL;
      gboolean is_good =
          read (cases[i].status, cases[i].body, strlen (cases[i].body), &student, &error);

      g_test_message ("%u %s", cases[i].status, cases[i].body);
      g_assert_true (is_good == cases[i].is_good);
      g_assert_true (is_good == (error == NULL));
      g_assert_cmpstr (student != NULL ? student->email : NULL, ==, cases[i].email);
      g_assert_cmpstr (student != NULL ? student->student_union : NULL, ==, cases[i].member_of);
    }
}

static void
test_sesam (void)
{
  static const StudentCase cases[] = {
    { 200, FOUND "<b:LiUId>OLLER120</b:LiUId><b:MainUnion>LinTek</b:MainUnion>" FOUND_END, TRUE,
      "oller120@student.liu.se", "LinTek" },
    { 200,
      FOUND "<b:EmailAddress> o@example.com </b:EmailAddress><b:LiUId>oller120</b:LiUId>"
            "<b:MainUnion i:nil=\"true\"/>" FOUND_END,
      TRUE, "o@example.com", NULL },
    { 200, FOUND "<b:LiUId>oller120</b:LiUId><b:MainUnion>A &amp; B</b:MainUnion>" FOUND_END, TRUE,
      "oller120@student.liu.se", "A & B" },
    { 200, FOUND "<b:MainUnion>LinTek</b:MainUnion>" FOUND_END, FALSE, NULL, NULL },
    { 200, FOUND "<b:LiUId>' OR 1</b:LiUId>" FOUND_END, FALSE, NULL, NULL },
    { 200, SOAP END, FALSE, NULL, NULL },
    { 200, "<Envelope/>", FALSE, NULL, NULL },
    { 200, "", FALSE, NULL, NULL },
    { 200, "\xff\xfe<", FALSE, NULL, NULL },
    { 404, SOAP END, FALSE, NULL, NULL },
    { 500,
      SOAP "<s:Fault><faultstring>Error in GetStudent&#xD;\nInnerException: Could not find Student"
           " in database</faultstring></s:Fault>" END,
      TRUE, NULL, NULL },
    { 500, SOAP "<s:Fault><faultstring>Access denied</faultstring></s:Fault>" END, FALSE, NULL,
      NULL },
    /* No declarations: no entities that grow or reach out. */
    { 200,
      "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>" FOUND
      "<b:LiUId>oller120</b:LiUId><b:MainUnion>&b;</b:MainUnion>" FOUND_END,
      FALSE, NULL, NULL },
  };

  check_students (cases, G_N_ELEMENTS (cases), bitket_sesam_read);
}

static void
test_kobra (void)
{
  static const StudentCase cases[] = {
    { 200, "{\"liu_id\":\"oller120\",\"email\":\"o@example.com\",\"union\":{\"name\":\"LinTek\"}}",
      TRUE, "o@example.com", "LinTek" },
    { 200, "{\"liu_id\":\"oller120\",\"email\":\"\",\"union\":null}", TRUE,
      "oller120@student.liu.se", NULL },
    { 200, "{\"liu_id\":\"oller120\"}", TRUE, "oller120@student.liu.se", NULL },
    { 200, "{\"liu_id\":\"oller120\",\"union\":\"http://kobra.example/unions/1/\"}", FALSE, NULL,
      NULL },
    { 200, "{\"liu_id\":\"oller120\",\"union\":{}}", FALSE, NULL, NULL },
    { 200, "{\"email\":\"o@example.com\"}", FALSE, NULL, NULL },
    { 200, "{\"liu_id\":\"nobody\"}", FALSE, NULL, NULL },
    { 200, "[]", FALSE, NULL, NULL },
    { 200, "", FALSE, NULL, NULL },
    { 404, "", TRUE, NULL, NULL },
    { 401, "{\"detail\":\"Invalid token.\"}", FALSE, NULL, NULL },
    { 500, "", FALSE, NULL, NULL },
  };

  check_students (cases, G_N_ELEMENTS (cases), bitket_kobra_read);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/provider/liu", test_liu);
  g_test_add_func ("/provider/claims", test_claims);
  g_test_add_func ("/provider/tokens", test_tokens);
  g_test_add_func ("/provider/key-sets", test_key_sets);
  g_test_add_func ("/provider/sesam", test_sesam);
  g_test_add_func ("/provider/kobra", test_kobra);
  return g_test_run ();
}
