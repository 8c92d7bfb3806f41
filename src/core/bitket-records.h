/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-record.h"

G_BEGIN_DECLS

/* One type a resource; what they have is said in bitket-schemas.c. */
#define BITKET_TYPE_ORGANIZATION (bitket_organization_get_type ())
BITKET_DECLARE_RECORD (BitketOrganization, bitket_organization, ORGANIZATION)
#define BITKET_TYPE_MEMBERSHIP (bitket_membership_get_type ())
BITKET_DECLARE_RECORD (BitketMembership, bitket_membership, MEMBERSHIP)
#define BITKET_TYPE_EVENT (bitket_event_get_type ())
BITKET_DECLARE_RECORD (BitketEvent, bitket_event, EVENT)
#define BITKET_TYPE_TICKET_TYPE (bitket_ticket_type_get_type ())
BITKET_DECLARE_RECORD (BitketTicketType, bitket_ticket_type, TICKET_TYPE)
#define BITKET_TYPE_VARIATION (bitket_variation_get_type ())
BITKET_DECLARE_RECORD (BitketVariation, bitket_variation, VARIATION)
#define BITKET_TYPE_VARIATION_CHOICE (bitket_variation_choice_get_type ())
BITKET_DECLARE_RECORD (BitketVariationChoice, bitket_variation_choice, VARIATION_CHOICE)
#define BITKET_TYPE_STUDENT_UNION (bitket_student_union_get_type ())
BITKET_DECLARE_RECORD (BitketStudentUnion, bitket_student_union, STUDENT_UNION)
#define BITKET_TYPE_CONDITION (bitket_condition_get_type ())
BITKET_DECLARE_RECORD (BitketCondition, bitket_condition, CONDITION)
#define BITKET_TYPE_MODIFIER (bitket_modifier_get_type ())
BITKET_DECLARE_RECORD (BitketModifier, bitket_modifier, MODIFIER)
#define BITKET_TYPE_ACCESS_CODE (bitket_access_code_get_type ())
BITKET_DECLARE_RECORD (BitketAccessCode, bitket_access_code, ACCESS_CODE)
#define BITKET_TYPE_USER (bitket_user_get_type ())
BITKET_DECLARE_RECORD (BitketUser, bitket_user, USER)
#define BITKET_TYPE_TICKET (bitket_ticket_get_type ())
BITKET_DECLARE_RECORD (BitketTicket, bitket_ticket, TICKET)
#define BITKET_TYPE_TICKET_OWNERSHIP (bitket_ticket_ownership_get_type ())
BITKET_DECLARE_RECORD (BitketTicketOwnership, bitket_ticket_ownership, TICKET_OWNERSHIP)
#define BITKET_TYPE_TRANSACTION (bitket_transaction_get_type ())
BITKET_DECLARE_RECORD (BitketTransaction, bitket_transaction, TRANSACTION)

G_END_DECLS
