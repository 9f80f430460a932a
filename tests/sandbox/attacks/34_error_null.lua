-- The only light userdata that a script has is json.null; it cannot pass for the sentinel of a quota.
-- expect: error an error that is a userdata
error(json.null)
