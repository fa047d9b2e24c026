-- grain:   one row per sponsor whose referrals or claims today changes
-- reads:   referrals_entered, referrals_voided, claims_refunded
-- needs:   claims_refunded | referrals_entered | referrals_voided
-- params:  -
-- returns: sponsor_id
select sponsor_id from referrals_entered
union
select sponsor_id from referrals_voided
union
select member_id as sponsor_id from claims_refunded where programme = 'referral'
