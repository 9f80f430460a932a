#include "tools/broker/mail_message.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "runtime/base/text.h"
#include "tools/broker/secrets.h"

namespace yoke {
namespace {

constexpr std::size_t kAddressBytesMax = 254;
constexpr std::size_t kSubjectBytesMax = 500;
constexpr std::size_t kLineBytesMax = 998;  // RFC 5322
const std::vector<std::string> kFields = {"server",   "from",    "to",   "cc", "bcc",
                                          "reply_to", "subject", "text", "id"};

Error wrong(const std::string& field, const std::string& why) {
  return Error{Errc::invalid, "mail.send: " + field + ": " + why};
}

bool is_plain(char c) { return c > 0x20 && c < 0x7f; }
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// An address that needs no quoting anywhere; the rare others are refused.
bool is_address(const std::string& text) {
  static constexpr std::string_view kSpecial = "()<>[]:;@\\,\"";
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos || at == 0 || at > 64 || text.size() > kAddressBytesMax) return false;
  const std::string_view local = std::string_view(text).substr(0, at);
  const bool local_well = std::all_of(local.begin(), local.end(), [](char c) {
    return is_plain(c) && kSpecial.find(c) == std::string_view::npos;
  });
  if (!local_well || local.starts_with('-')) return false;
  for (const std::string& part : split(text.substr(at + 1), '.')) {
    if (part.empty() || part.starts_with('-')) return false;
    if (!std::all_of(part.begin(), part.end(), is_name_char)) return false;
  }
  return true;
}

Result<std::string> address_at(const Json& value, const std::string& field) {
  if (!value.is_string()) return wrong(field, "expected an address such as anna@example.org");
  std::string text = value.get<std::string>();
  if (is_address(text)) return text;
  return wrong(field, "'" + shorten(printable(to_valid_utf8(text)), 80) +
                          "' is no plain address such as anna@example.org");
}

Result<std::vector<std::string>> addresses_at(const Json& mail, const std::string& field) {
  std::vector<std::string> out;
  const Json& list = member_at(mail, field);
  if (list.is_null() || (list.is_object() && list.empty())) return out;
  if (!list.is_array()) return wrong(field, "expected a list of addresses");
  for (const Json& item : list) {
    Result<std::string> address = address_at(item, field);
    if (!address) return address.error();
    out.push_back(std::move(*address));
  }
  return out;
}

// A line of text: no control character, so no end of a line.
Result<std::string> line_at(const Json& mail, const std::string& field, std::size_t bytes_max) {
  const Json& value = member_at(mail, field);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return wrong(field, "expected a text");
  std::string text = value.get<std::string>();
  const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (controls || !is_valid_utf8(text)) return wrong(field, "expected one line of text");
  if (text.size() > bytes_max) {
    return wrong(field, "longer than " + std::to_string(bytes_max) + " bytes");
  }
  return text;
}

Result<void> check_keys(const Json& value) {
  for (const auto& [key, unused] : value.items()) {
    if (std::find(kFields.begin(), kFields.end(), key) != kFields.end()) continue;
    return Error{Errc::invalid, "mail.send: there is no field '" + shorten(printable(key), 60) +
                                    "'" + did_you_mean(key, kFields)};
  }
  return {};
}

Result<void> read_addresses(Mail& mail, const Json& value) {
  Result<std::string> from = address_at(member_at(value, "from"), "from");
  if (!from) return from.error();
  mail.from = std::move(*from);
  for (const auto& [field, list] :
       {std::pair<const char*, std::vector<std::string>*>{"to", &mail.to},
        {"cc", &mail.cc},
        {"bcc", &mail.bcc}}) {
    Result<std::vector<std::string>> addresses = addresses_at(value, field);
    if (!addresses) return addresses.error();
    *list = std::move(*addresses);
  }
  if (!member_at(value, "reply_to").is_null()) {
    Result<std::string> address = address_at(member_at(value, "reply_to"), "reply_to");
    if (!address) return address.error();
    mail.reply_to = std::move(*address);
  }
  const std::size_t count = mail.to.size() + mail.cc.size() + mail.bcc.size();
  if (count == 0) return wrong("to", "nobody gets it");
  if (count > kMailRecipientsMax) {
    return wrong("to", "more than " + std::to_string(kMailRecipientsMax) + " recipients");
  }
  return {};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

// A header's text, in encoded words (RFC 2047) where it is not plain; each holds whole characters.
std::string header_text(const std::string& text) {
  constexpr std::size_t kWordBytes = 45;
  if (is_ascii(text) && text.find("=?") == std::string::npos) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + kWordBytes, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") +
           base64_of(std::string_view(text).substr(at, end - at)) + "?=";
    at = end;
  }
  return out;
}

std::string address_list(const std::vector<std::string>& addresses) {
  return join(addresses, ",\r\n ");
}

// Every end of a line becomes CRLF; other control characters but the tab go.
std::string with_line_ends(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n' || c == '\r') {
      out += "\r\n";
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') {
      out += c;
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

bool has_long_line(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\r\n", at), text.size());
    if (end - at > kLineBytesMax) return true;
    at = end + 2;
  }
  return false;
}

std::string date_text(Micros now) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(now / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text.data();
}

std::string wrapped_base64(std::string_view bytes) {
  constexpr std::size_t kLine = 76;
  const std::string whole = base64_of(bytes);
  std::string out;
  for (std::size_t at = 0; at < whole.size(); at += kLine) out += whole.substr(at, kLine) + "\r\n";
  return out;
}

}  // namespace

std::string_view domain_of(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

std::vector<std::string> Mail::recipients() const {
  std::vector<std::string> all;
  for (const auto* list : {&to, &cc, &bcc}) {
    for (const std::string& address : *list) {
      if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
    }
  }
  return all;
}

Result<Mail> read_mail(const Json& value) {
  if (!value.is_object()) {
    return Error{Errc::invalid, "mail.send: argument 1 must be a table: { server = …, to = … }"};
  }
  if (Result<void> known = check_keys(value); !known) return known.error();
  Mail mail;
  if (Result<void> read = read_addresses(mail, value); !read) return read.error();
  Result<std::string> subject = line_at(value, "subject", kSubjectBytesMax);
  if (!subject) return subject.error();
  mail.subject = std::move(*subject);
  Result<std::string> id = line_at(value, "id", 64);
  if (!id) return id.error();
  const bool plain = std::all_of(id->begin(), id->end(), is_name_char);
  if (!plain) return wrong("id", "expected letters, digits and '-'");
  mail.id = std::move(*id);
  const Json& text = member_at(value, "text");
  if (!text.is_string()) return wrong("text", "expected a text");
  mail.text = text.get<std::string>();
  if (!is_valid_utf8(mail.text)) return wrong("text", "it is no UTF-8");
  if (mail.text.size() > kMailTextBytesMax) return wrong("text", "longer than 1 MiB");
  return mail;
}

std::string message_text(const Mail& mail, Micros now) {
  std::string out = "Date: " + date_text(now) + "\r\nFrom: " + mail.from + "\r\n";
  if (mail.to.empty()) out += "To: undisclosed-recipients:;\r\n";
  if (!mail.to.empty()) out += "To: " + address_list(mail.to) + "\r\n";
  if (!mail.cc.empty()) out += "Cc: " + address_list(mail.cc) + "\r\n";
  if (!mail.reply_to.empty()) out += "Reply-To: " + mail.reply_to + "\r\n";
  out += "Subject: " + header_text(mail.subject) + "\r\n";
  out += "Message-ID: <" + mail.id + "@" + std::string(domain_of(mail.from)) + ">\r\n";
  out += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  const std::string body = with_line_ends(mail.text);
  const bool plain = is_ascii(body) && !has_long_line(body);
  out += std::string("Content-Transfer-Encoding: ") + (plain ? "7bit" : "base64") + "\r\n\r\n";
  return out + (plain ? body : wrapped_base64(body));
}

}  // namespace yoke
