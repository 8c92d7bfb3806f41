/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-config.h"

static const char *
describe_payments (const BitketConfig *config)
{
  switch (config->payments)
    {
    case BITKET_PAYMENTS_NONE:
      return "none: only free tickets can be had";
    case BITKET_PAYMENTS_STRIPE:
      return "Stripe";
    case BITKET_PAYMENTS_SANDBOX:
      return "the sandbox: no real money moves";
    }
  g_assert_not_reached ();
}

static void
print_summary (const BitketConfig *config)
{
  const struct
  {
    const char *name;
    gboolean is_on;
  } ways[] = {
    { "LiU", config->liu.client_id != NULL },
    { "Google", config->google.client_id != NULL },
    { "Facebook", config->facebook.client_id != NULL },
  };
  g_autoptr (GString) sign_in = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].is_on)
      g_string_append_printf (sign_in, "%s%s", sign_in->len > 0 ? ", " : "", ways[i].name);
  g_print ("listen: %s%s\n", config->listen, config->certificate != NULL ? ", TLS" : "");
  g_print ("payments: %s\n", describe_payments (config));
  g_print ("sign-in: %s\n", sign_in->len > 0 ? sign_in->str : "none but passwords and tokens");
  g_print ("card readers: %s%s%s\n", config->sesam_url != NULL ? "Sesam " : "",
           config->kobra_url != NULL ? "Kobra" : "",
           config->sesam_url == NULL && config->kobra_url == NULL ? "known cards only" : "");
  g_print ("mail: %s\n", config->smtp_url != NULL ? config->mail_from : "none is sent");
}

GTlsCertificate *
bitketd_load_certificate (const char *certificate, const char *key, GError **error)
{
  GTlsCertificate *loaded = g_tls_certificate_new_from_files (certificate, key, error);

  if (loaded == NULL)
    g_prefix_error (error, "could not read the certificate “%s”: ", certificate);
  return loaded;
}

int
bitketd_check_config (int argc, char **argv)
{
  const GOptionEntry entries[] = { { NULL } };
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketConfig) config = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  if (!bitketd_parse (argc, argv, "FILE",
                      "Reads a configuration as serve would, with the files it names, and says what"
                      " it means.",
                      entries, 1, &words))
    return BITKETD_EXIT_USAGE;
  config = bitket_config_load (words[0], &error);
  if (config == NULL)
    return bitketd_fail (error);
  if (config->certificate != NULL)
    {
      certificate = bitketd_load_certificate (config->certificate, config->key, &error);
      if (certificate == NULL)
        return bitketd_fail (error);
    }
  print_summary (config);
  return BITKETD_EXIT_OK;
}
