/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of every room share. All of it may abort the test with a message that says why;
 * none of it belongs into a program. Threads: the test's main thread only. */

#include "bitket-test-database.h"
#include "bitket-test-dir.h"
#include "bitket-test-process.h"
#include "bitket-test-wait.h"
