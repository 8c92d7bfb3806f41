/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-test-provider.h"
#include "bitketd-fixture.h"

G_BEGIN_DECLS

/* A bitketd that asks the stand-in of sign-in providers and directories. */

#define SIGN_IN "/api/auth-token/"

/* Whom LiU knows, as ADFS's claims say it. */
#define LIU_CLAIMS                                                                                 \
  "\"ppid\":\"6+6vJRBYhESmnJYNG3eiYQ==\",\"sub\":\"bober042@ad.liu.se\","                          \
  "\"email\":\"bober042@student.liu.se\",\"given_name\":\"Bo\",\"family_name\":\"Berg\","          \
  "\"http://liu.se/claims/norEduPersonLIN\":\"25faeebb-5810-4484-a69c-960d1b77a261\""
#define LIU_BO     "{\"liu\":{" LIU_CLAIMS ",\"unique_name\":\"Bo Berg\"}}"
#define LIU_BO_NEW "{\"liu\":{" LIU_CLAIMS ",\"unique_name\":\"Bo Åberg\"}}"
#define BO_PPID    "25afeeeb-5810-4484-a69c-960d1b77a261"
#define GOOGLE_ALICE                                                                               \
  "{\"google\":{\"sub\":\"1001\",\"email\":\"ALICE@Example.com\","                                 \
  "\"email_verified\":true,\"name\":\"Somebody Else\"}}"

#define STUDENT(union)                                                                             \
  "{\"students\":[{\"lin\":\"25faeebb-5810-4484-a69c-960d1b77a261\",\"liu_id\":\"bober042\","      \
  "\"email\":\"bober042@student.liu.se\",\"card\":\"2043261358\",\"union\":" union "}]}"

typedef enum
{
  SIGN_IN_ALONE,          /* no directory is set up */
  SIGN_IN_WITH_DIRECTORY, /* both are */
} SignInSetup;

/** sign_in_begin: starts the stand-in, and bitketd anew with it. Returns: (transfer full) */
BitketTestProvider *sign_in_begin (Bitketd *bitketd, SignInSetup setup);
/** sign_in_send_code: @verifier: (nullable) */
Answer *
sign_in_send_code (Bitketd *bitketd, const char *provider, const char *code, const char *verifier);
/** sign_in: who the stand-in's settings say, through @provider: "liu", "google", "facebook" */
Answer *sign_in (Bitketd *bitketd, BitketTestProvider *stand_in, const char *provider);

/** sign_in_look_up: Returns: (transfer full) (nullable): the first column of the first row */
char *sign_in_look_up (Bitketd *bitketd, const char *sql);
/** sign_in_count: the same as a number */
gint64 sign_in_count (Bitketd *bitketd, const char *sql);
void sign_in_execute (Bitketd *bitketd, const char *sql);
/** sign_in_assert_union: that of the student of LIU_BO; @name: (nullable): none */
void sign_in_assert_union (Bitketd *bitketd, const char *name);

G_END_DECLS
