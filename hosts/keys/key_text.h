#pragma once

#include <string>
#include <string_view>

#include "runtime/base/hash.h"
#include "runtime/base/id.h"
#include "runtime/base/result.h"
#include "runtime/base/secret.h"

// A key as its owner holds it: "yk_ID_SECRETCHECK", in lower-case Crockford base 32. ID (10
// characters) is no secret: by it the key is looked up. SECRET (52) is 256 bits. CHECK (7) is over
// all before it, so that a slip of typing is told from a wrong key, and that a scanner for leaked
// secrets finds keys and nothing else.
namespace yoke {

inline constexpr std::string_view kKeyPrefix = "yk_";

struct NewKey {
  std::string id;
  Secret text;
  Hash hash;  // of the text: what is stored
};
NewKey make_key(Random& random);  // of the kernel, save in tests

struct ReadKey {
  std::string id;
  Hash hash;
};
// Errors: invalid, which says nothing of what stands there.
Result<ReadKey> read_key(std::string_view text);

// Whether the text is meant as a key, sound or not.
bool is_meant_as_key(std::string_view text);
// Whether something in the text has the form of a key: it has leaked into a place for others.
bool holds_key(std::string_view text);

// Takes as long whatever the two hold.
bool same_hash(const Hash& left, const Hash& right);

}  // namespace yoke
