#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/time.h"

namespace yoke {

// A mail as a script wrote it, checked: no field can smuggle in another one.
struct Mail {
  std::string from;  // plain addresses: anna@example.org
  std::vector<std::string> to;
  std::vector<std::string> cc;
  std::vector<std::string> bcc;  // in no header
  std::string reply_to;
  std::string subject;  // UTF-8
  std::string text;     // UTF-8
  std::string id;       // what the message's own name begins with

  std::vector<std::string> recipients() const;  // each once
};

inline constexpr std::size_t kMailRecipientsMax = 50;
inline constexpr std::size_t kMailTextBytesMax = 1 << 20;

// Errors: invalid, naming the field and the mend; an unknown key comes with the nearest known one.
Result<Mail> read_mail(const Json& value);

// The message as it goes over the wire (RFC 5322, MIME), with CRLF ends. Pure: the same mail at the
// same time is the same text.
std::string message_text(const Mail& mail, Micros now);

// The part of an address behind its '@'.
std::string_view domain_of(std::string_view address);

}  // namespace yoke
