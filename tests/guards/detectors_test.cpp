#include "guards/detectors.h"

#include <catch2/catch.hpp>

namespace yoke::guards {
namespace {

// The kinds that are found, each with what it was found in, by spaces.
std::string found_in(std::string_view text) {
  std::vector<std::string_view> kinds(personal_kinds().begin(), personal_kinds().end());
  kinds.insert(kinds.end(), secret_kinds().begin(), secret_kinds().end());
  std::string out;
  for (const Found& each : find_kinds(text, kinds)) {
    if (!out.empty()) out += " ";
    out += std::string(each.kind) + "<" + std::string(text.substr(each.from, each.to - each.from)) +
           ">";
  }
  return out;
}

// Put together here, so that no scanner of repositories takes it for one.
std::string key(const std::string& head, const std::string& tail) { return head + tail; }

}  // namespace

TEST_CASE("addresses of mail are found, and what only has an at sign is not") {
  CHECK(found_in("write to anna.berg+x@mail.example.com, please") ==
        "email<anna.berg+x@mail.example.com>");
  CHECK(found_in("(a@b.no)") == "email<a@b.no>");
  CHECK(found_in("user@localhost and @handle and a@ b.no").empty());
}

TEST_CASE("card numbers are found by Luhn, however they are grouped") {
  CHECK(found_in("4111 1111 1111 1111") == "card<4111 1111 1111 1111>");
  CHECK(found_in("card 5500-0000-0000-0004.") == "card<5500-0000-0000-0004>");
  CHECK(found_in("378282246310005") == "card<378282246310005>");
  CHECK(found_in("4111 1111 1111 1112").empty());
  CHECK(found_in("0000 0000 0000 0000").empty());
  CHECK(found_in("order 1234567890123456").empty());
}

TEST_CASE("an IBAN is found by its check digits") {
  CHECK(found_in("pay NO93 8601 1117 947 now") == "iban<NO93 8601 1117 947>");
  CHECK(found_in("GB29NWBK60161331926819") == "iban<GB29NWBK60161331926819>");
  CHECK(found_in("GB29NWBK60161331926818").empty());
  CHECK(passes_iban("DE89370400440532013000"));
  CHECK_FALSE(passes_iban("DE89"));
}

TEST_CASE("national numbers are found where their check digits are right") {
  CHECK(found_in("ssn 123-45-6789") == "us_ssn<123-45-6789>");
  CHECK(found_in("666-45-6789").empty());
  CHECK(found_in("nino AB 12 34 56 C") == "uk_nino<AB 12 34 56 C>");
  CHECK(found_in("GB 12 34 56 C").empty());
  CHECK(found_in("fnr 01010750160") == "no_fnr<01010750160>");
  CHECK(found_in("fnr 01010750161").empty());
  CHECK(found_in("pnr 811218-9876") == "se_pnr<811218-9876>");
  CHECK(found_in("pnr 811218-9875").empty());
  CHECK(found_in("dni 12345678Z") == "es_dni<12345678Z>");
  CHECK(found_in("dni 12345678A").empty());
}

TEST_CASE("telephone numbers are found, and years and amounts are not") {
  CHECK(found_in("call +47 22 12 34 56") == "phone<+47 22 12 34 56>");
  CHECK(found_in("call (212) 555-0123 today") == "phone<(212) 555-0123>");
  CHECK(found_in("from 2015 to 2026, 1 234 567 in all, 12.5 %").empty());
  CHECK(found_in("2026-11-22T04:25:43Z took 1732249543 us").empty());
}

TEST_CASE("keys of services are found, and examples of them are not") {
  CHECK(found_in("use " + key("sk-ant-", "api03-AbCdEfGhIjKlMnOpQrStUv")) ==
        "anthropic_key<" + key("sk-ant-", "api03-AbCdEfGhIjKlMnOpQrStUv") + ">");
  CHECK(found_in(key("sk-", "proj-abcdefghij1234567890")) ==
        "openai_key<" + key("sk-", "proj-abcdefghij1234567890") + ">");
  CHECK(found_in(key("AKIA", "IOSFODNN7EXAMPLE")) ==
        "aws_key<" + key("AKIA", "IOSFODNN7EXAMPLE") + ">");
  CHECK(found_in(key("ghp_", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5")).starts_with("github"));
  CHECK(found_in("sk-xxxxxxxxxxxxxxxxxxxxxxxx").empty());
  CHECK(found_in("task-force-of-the-twenty-first-century").empty());
  CHECK(found_in("postgres://bob:hunter22@db.example/x") ==
        "url_password<postgres://bob:hunter22@db.example>");
}

TEST_CASE("a private key is found from its first line to its last, or to the end") {
  const std::string begin = key("-----BEGIN RSA PRIVATE ", "KEY-----");
  const std::string end = key("-----END RSA PRIVATE ", "KEY-----");
  CHECK(found_in("a " + begin + "\nMIIE\n" + end + " b") ==
        "private_key<" + begin + "\nMIIE\n" + end + ">");
  CHECK(found_in(begin + "\nMIIE") == "private_key<" + begin + "\nMIIE>");
  CHECK(found_in("-----BEGIN PUBLIC KEY-----\nMIIE").empty());
}

TEST_CASE("only what is asked for is found") {
  const std::vector<std::string_view> kinds = {"card"};
  CHECK(find_kinds("a@b.no 4111111111111111", kinds).size() == 1);
  CHECK(is_kind("no_fnr"));
  CHECK_FALSE(is_kind("personal"));
}

}  // namespace yoke::guards
