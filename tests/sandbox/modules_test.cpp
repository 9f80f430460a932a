#include "sandbox/calendar.h"
#include "tests/sandbox/script.h"

// The pure modules: text, time, os, crypto.
namespace yoke::sandbox::test {

TEST_CASE("text splits, trims, pads, wraps and compares") {
  CHECK(to_text(value_of(R"(
return { text.split('a,b,,c', ','), text.split('a--b--c', '--', 2), text.split('', ','),
  text.trim('  x \n'),
  text.lines('a\r\nb\n\nc'), text.starts_with('abc', 'ab'), text.ends_with('abc', 'bc'),
  text.pad('ab', 5) .. '|', text.pad('ab', 5, 'left'), text.pad('ab', 5, 'both') .. '|',
  text.pad('日本', 6) .. '|',
  text.wrap('the quick brown fox jumps', 10), text.width('日本'), text.similarity('kitten',
  'sitting') > 0.57,
  text.similarity('zürich', 'zurich') > 0.8, text.similarity('', '') })")) ==
        R"([["a","b","","c"],["a","b--c"],[""],"x",["a","b","","c"],true,true,"ab   |","   ab",)"
        R"(" ab  |","日本  |",)"
        R"("the quick\nbrown fox\njumps",4,true,true,1.0])");
}

TEST_CASE("text finds and replaces by RE2 expressions") {
  CHECK(to_text(value_of(R"(
return { { text.find('order 66 of 99', '(\\d+) of (\\d+)') }, text.find('abc', 'x') == nil,
  text.find_all('a1 b22 c333', '\\d+'), text.find_all('k=v; x=y', '(\\w)=(\\w)'),
  text.matches('Zürich', '^\\p{L}+$'),
  { text.replace('2026-11-21', '(\\d+)-(\\d+)-(\\d+)', '\\3.\\2.\\1') }, { text.replace('aaa',
  'x*', '-') },
  text.find_all('', 'a*'), (text.find('a,b', '(x)?,') ) , select(3, text.find('a,b', '(x)?,'))
  == json.null,
  select(2, pcall(text.matches, 'x', '(')):match('bad regular expression') })")) ==
        R"([[7,14,"66","99"],true,["1","22","333"],[["k","v"],["x","y"]],true,["21.11.2026",1],)"
        R"(["-a-a-a-",4],[""],2,true,"bad regular expression"])");
}

TEST_CASE("parse_csv reads headers, quotes, line ends and numbers") {
  CHECK(to_text(value_of(R"(
local s = 'name,n,note\r\n"Lee, Ann",5,"says ""hi""\nand more"\r\nBo,2.5,\r\n\nCy,007,-1e3\n'
return text.parse_csv(s, { types = 'auto' }))")) ==
        R"({"columns":["name","n","note"],"rows":[["Lee, Ann",5,"says \"hi\"\nand more"],["Bo",)"
        R"(2.5,""],["Cy","007",-1000.0]]})");
  CHECK(to_text(value_of(
            "return text.parse_csv('a;b\\n1;2', { separator = ';', records = true }).rows")) ==
        R"([{"a":"1","b":"2"}])");
  CHECK(to_text(value_of("return text.parse_csv('1,2\\n3,4,5', { header = false }).rows")) ==
        R"([["1","2"],["3","4","5"]])");
  CHECK(to_text(value_of("return text.parse_csv('')")) == R"({"columns":[],"rows":[]})");
  CHECK(to_text(value_of("return text.parse_csv('a,b\\n').rows")) == "[]");
}

TEST_CASE("parse_csv says in which line a table is wrong") {
  const auto problem = [](const std::string& call) {
    return value_of("return select(2, pcall(text.parse_csv, " + call + "))").get<std::string>();
  };
  CHECK(problem("'a,b\\n1,2,3'") == "parse_csv: line 2 has more fields than there are columns");
  CHECK(problem("'a\\n\"x'") == "parse_csv: the quote in line 2 is never closed");
  CHECK(problem("'a\\n\"x\"y'") == "parse_csv: text follows a closing quote in line 2");
  CHECK(problem("'a', { records = true, header = false }") == "parse_csv: records need a header");
}

TEST_CASE("to_csv writes what parse_csv reads") {
  CHECK(value_of("return text.to_csv({ { 1, 'a,b', true }, { 2.5, 'say \"x\"', json.null } })") ==
        "1,\"a,b\",true\n2.5,\"say \"\"x\"\"\",\n");
  CHECK(value_of("return text.to_csv({ { x = 1, y = 2 }, { y = 3 } }, { 'x', 'y' })") ==
        "x,y\n1,2\n,3\n");
}

TEST_CASE("a large table is read within its quota") {
  const Outcome outcome = run_script(
      "local s = ('2026-11-21,Oslo,12.5,17,x\\n'):rep(20000)\n"
      "local t = text.parse_csv(s, { header = false, types = 'auto' })\n"
      "local sum = 0 for _, row in ipairs(t.rows) do sum = sum + row[4] end return { #t.rows, sum "
      "}");
  INFO(outcome.failure.message);
  CHECK(outcome.value == Json({20000, 340000}));
}

TEST_CASE("time formats, parses, adds and splits in UTC") {
  CHECK(to_text(value_of(R"(
local t = time.parse('2026-11-21T10:30:00Z')
return { t, time.format(t), time.format(t, '%a %d %b %Y, %H:%M'), time.parse('2026-11-21'),
  time.parse('2026-11-21 12:30:00.25+02:00'),
  time.format(time.add(time.parse('2024-01-31'), { months = 1 })), time.format(time.add(t, {
  days = -1, hours = 2, weeks = 1 })),
  time.format(time.add(time.parse('2024-02-29'), { years = 1 })), time.parse('2026-02-30') ==
  nil, time.parse('x') == nil,
  select(2, time.parse('x')), time.parts(t), time.format(-1), time.format(1.5),
  time.parse('1969-12-31T23:59:59Z') })")) ==
        R"([1795257000,"2026-11-21T10:30:00Z","Sat 21 Nov 2026, 10:30",1795219200,1795257000.25,)"
        R"("2024-02-29T00:00:00Z","2026-11-27T12:30:00Z","2025-02-28T00:00:00Z",true,true,)"
        R"("not an ISO 8601 date or time",)"
        R"({"day":21,"hour":10,"minute":30,"month":11,"second":0,"weekday":6,"year":2026,)"
        R"("yearday":325},)"
        R"("1969-12-31T23:59:59Z","1970-01-01T00:00:01.500Z",-1])");
}

TEST_CASE("the calendar counts every day of eight centuries") {
  Moment before = split_seconds(join_seconds(1599, 12, 31, 0));
  for (std::int64_t day = 0; day < 2 * 146'097; ++day) {
    const std::int64_t seconds = join_seconds(1600, 1, 1 + day, 0);
    const Moment now = split_seconds(seconds + 86'399);
    const bool same_month = now.month == before.month;
    const bool follows =
        same_month ? now.day == before.day + 1
                   : now.day == 1 && before.day == days_in_month(before.year, before.month);
    const bool week = now.weekday == before.weekday % 7 + 1;
    const bool back = join_seconds(now.year, now.month, now.day, 0) == seconds;
    const bool new_year = now.month == 1 && now.day == 1;
    const bool yearday = now.yearday == (new_year ? 1 : before.yearday + 1);
    if (!follows || !week || !back || !yearday || now.second != 59) {
      FAIL("wrong at day " << day << ": " << now.year << "-" << now.month << "-" << now.day);
    }
    before = now;
  }
  CHECK(before.year == 2399);
  CHECK(before.yearday == 365);
}

TEST_CASE("os has dates and nothing else") {
  CHECK(
      to_text(value_of(R"(
return { os.time { year = 2026, month = 11, day = 21 }, os.time { year = 2026, month = 14, day =
  0, hour = 25, min = -5, sec = 61 },
  os.date('%Y-%m-%dT%H:%M:%S %p %j', 0), os.difftime(5, 3), pcall(os.date, '%Q', 0) == false,
  pcall(os.time, { year = 1 }) == false,
  pcall(os.date, '%c', 1e300) == false, os.execute == nil, os.getenv == nil, os.exit == nil })")) ==
      R"([1795262400,1801443361,"1970-01-01T00:00:00 AM 001",2.0,true,true,true,true,true,true])");
}

TEST_CASE("crypto hashes and encodes as the standards' examples say") {
  CHECK(value_of("return crypto.sha256('abc')") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(
      value_of("return crypto.hmac_sha256('key', 'The quick brown fox jumps over the lazy dog')") ==
      "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  CHECK(to_text(value_of(R"(
local out = {}
for i, s in ipairs { '', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar' } do
  out[i] = crypto.base64_encode(s)
  assert(crypto.base64_decode(out[i]) == s)
end
assert(crypto.base64_decode('-_-_') == '\xfb\xff\xbf' and crypto.base64_decode('a') == nil and
  crypto.base64_decode('a!') == nil)
assert(crypto.hex('\0\xff') == '00ff' and crypto.unhex('00FF') == '\0\xff' and crypto.unhex('0')
  == nil and crypto.unhex('zz') == nil)
local id = crypto.uuid()
assert(id:match('^%x+%-%x+%-4%x%x%x%-[89ab]%x%x%x%-%x+$') and #id == 36 and id ~= crypto.uuid())
assert(#crypto.random_bytes(100) == 100 and #crypto.random_bytes(0) == 0)
return out)")) == R"(["","Zg==","Zm8=","Zm9v","Zm9vYg==","Zm9vYmE=","Zm9vYmFy"])");
}

}  // namespace yoke::sandbox::test
