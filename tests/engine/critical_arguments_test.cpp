#include "runtime/engine/critical_arguments.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

std::string shown(const std::vector<ArgumentValue>& values) {
  std::string text;
  for (const ArgumentValue& one : values) {
    text += (text.empty() ? "" : "; ") + one.argument + "=" + one.value + " " +
            std::string(name_of(one.kind));
  }
  return text;
}

std::string critical(const Json& args) { return shown(critical_values(args, std::nullopt)); }

TEST_CASE("arguments that decide whom a call reaches are known by their names") {
  CHECK(critical({{"to", "ann"}, {"text", "hello"}}) == "to=ann recipient");
  CHECK(critical({{"replyTo", "ann"}}) == "replyTo=ann recipient");
  CHECK(critical({{"recipient_emails", {"a", "b"}}}) ==
        "recipient_emails[0]=a recipient; recipient_emails[1]=b recipient");
  CHECK(critical({{"base_url", "x"}}) == "base_url=x place");
  CHECK(critical({{"output_file", "a.md"}}) == "output_file=a.md path");
  CHECK(critical({{"account_id", 17}}) == "account_id=17 account");
  CHECK(critical({{"message", {{"to", "ann"}}}}) == "message.to=ann recipient");
}

TEST_CASE("words that only hold such a name inside are none") {
  CHECK(critical({{"total", 3}, {"tool", "x"}, {"pathology", "y"}, {"id", "m1"}, {"text", "z"}})
            .empty());
}

TEST_CASE("values are known by their form where the name says nothing") {
  CHECK(critical({{"x", "ann@shop.example"}}) == "x=ann@shop.example recipient");
  CHECK(critical({{"x", "https://a.example/b"}}) == "x=https://a.example/b place");
  CHECK(critical({{"x", "DE89 3704 0044 0532 0130 00"}}) ==
        "x=DE89 3704 0044 0532 0130 00 account");
  CHECK(critical({{"x", "/etc/passwd"}}) == "x=/etc/passwd path");
  CHECK(critical({{"x", "write to ann@shop.example soon"}}).empty());
}

TEST_CASE("a list of recipients in one text is taken apart") {
  CHECK(critical({{"to", "Ann <ann@x.example>, bob@x.example; "}}) ==
        "to=ann@x.example recipient; to=bob@x.example recipient");
}

TEST_CASE("what a tool declares is taken instead of what can be recognised") {
  const Json args{{"to", "ann"}, {"id", "m1"}, {"list", {{{"n", 1}}}}};
  const auto declared = [&](std::vector<std::string> names) {
    return shown(critical_values(args, names));
  };
  CHECK(declared({"id"}) == "id=m1 account");
  CHECK(declared({"list"}) == "list[0].n=1 account");
  CHECK(declared({}).empty());
  CHECK(declared({"i"}).empty());
}

TEST_CASE("addresses inside longer texts are found, and those of critical arguments are not") {
  const Json args{{"to", "ann@x.example"},
                  {"text",
                   "See (https://evil.example/login), write bob@y.example or go to "
                   "evil.example/pay. And/or e.g. this."}};
  CHECK(shown(addresses_within(args, critical_values(args, std::nullopt))) ==
        "text=https://evil.example/login place; text=bob@y.example recipient; "
        "text=evil.example/pay place");
}

}  // namespace
}  // namespace yoke
