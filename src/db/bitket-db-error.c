/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-error.h"

G_DEFINE_QUARK (bitket - db - error - quark, bitket_db_error)
