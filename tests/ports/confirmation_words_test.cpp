#include "runtime/ports/confirmation_words.h"

#include <catch2/catch.hpp>

using yoke::confirmation_words_for;
using yoke::Json;

TEST_CASE("the words of a confirmation are filled in with the call's arguments") {
  const Json args = {{"to", "ann@x.example"}, {"count", 3}, {"list", {1, 2}}};
  CHECK(confirmation_words_for("Send {{ function.parameters.count }} to "
                               "{{function.parameters.to}} {{function.parameters.list}}.",
                               args) == "Send 3 to ann@x.example [1,2].");
  CHECK(confirmation_words_for("a{{ function.parameters.none }}b {{ other }} {{", args) ==
        "ab {{ other }} {{");
}

TEST_CASE("an argument can neither flood nor drive what shows the words of a confirmation") {
  const Json args = {{"long", std::string(5000, 'x')}, {"odd", "a\x1b[2Jb"}};
  CHECK(confirmation_words_for("{{function.parameters.long}}", args).size() < 400);
  CHECK(confirmation_words_for("{{function.parameters.odd}}", args).find('\x1b') ==
        std::string::npos);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "{{function.parameters.long}}";
  CHECK(confirmation_words_for(many, args).size() <= 4000);
}

TEST_CASE("an argument's own braces are not filled in") {
  const Json args = {{"a", "{{function.parameters.b}}"}, {"b", "secret"}};
  CHECK(confirmation_words_for("{{function.parameters.a}}", args) == "{{function.parameters.b}}");
}
