/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The first start: three ways to begin. They are actions of the window. */
#define BITKET_TYPE_WELCOME_PAGE (bitket_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (BitketWelcomePage, bitket_welcome_page, BITKET, WELCOME_PAGE, AdwBin)

G_END_DECLS
