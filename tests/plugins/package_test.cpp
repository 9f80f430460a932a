#include "tools/plugins/package.h"

#include <sys/stat.h>
#include <zip.h>

#include <filesystem>

#include "tests/plugins/fixture.h"
#include "tests/support/temp_project.h"

using yoke::Errc;
using yoke::Package;
using yoke::PackageLimits;
using yoke::testing::TempFolder;

namespace {

struct Entry {
  std::string name;
  std::string text = "x";
  std::uint32_t mode = S_IFREG | 0644;
  bool encrypted = false;
  int method = ZIP_CM_DEFLATE;
};

// A zip as anybody may write one, by libzip itself.
std::string zip_of(const std::vector<Entry>& entries) {
  const TempFolder folder;
  const std::string path = folder.file("made.zip");
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  ENSURE(archive != nullptr);
  for (const Entry& entry : entries) {
    zip_source_t* source = zip_source_buffer(archive, entry.text.data(), entry.text.size(), 0);
    const zip_int64_t at = zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    ENSURE(at >= 0);
    const auto index = static_cast<zip_uint64_t>(at);
    zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, entry.mode << 16);
    zip_set_file_compression(archive, index, entry.method, 0);
    if (entry.encrypted) zip_file_set_encryption(archive, index, ZIP_EM_AES_256, "secret");
  }
  ENSURE(zip_close(archive) == 0);
  return folder.read("made.zip");
}

std::string with(std::string bytes, const std::string& what, const std::string& instead) {
  for (std::size_t at = bytes.find(what); at != std::string::npos; at = bytes.find(what, at + 1)) {
    bytes.replace(at, what.size(), instead);
  }
  return bytes;
}

std::string refusal(const std::string& bytes, const PackageLimits& limits = {}) {
  const auto package = Package::from_zip(bytes, "app.zip", limits);
  return package ? "it was taken" : package.error().message();
}

}  // namespace

TEST_CASE("a package is a folder, a zip of it, or a file in it") {
  const TempFolder folder;
  folder.write("ai-plugin.json", "{}");
  folder.write("cards/a.json", "[]");
  folder.write("app.zip", zip_of({{"ai-plugin.json", "{}"}, {"cards/a.json", "[]"}}));
  for (const std::string& path : {folder.path(), folder.file("app.zip")}) {
    const auto package = Package::open(path);
    REQUIRE(package);
    CHECK((*package)->entry().empty());
    CHECK(*(*package)->read("cards/a.json") == "[]");
  }
  const auto file = Package::open(folder.file("ai-plugin.json"));
  REQUIRE(file);
  CHECK((*file)->entry() == "ai-plugin.json");
  CHECK(*(*file)->read("cards/a.json") == "[]");
  const auto names = (*file)->names();
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"ai-plugin.json", "app.zip", "cards/a.json"});
}

TEST_CASE("a file that a folder links to from elsewhere is no part of the package") {
  const TempFolder folder;
  folder.write("outside.txt", "the operator's");
  folder.write("app/manifest.json", "{}");
  folder.write("app/.env", "KEY=1");
  std::filesystem::create_symlink(folder.file("outside.txt"), folder.file("app/link.txt"));
  const auto package = Package::open(folder.file("app"));
  REQUIRE(package);
  for (const char* name :
       {"link.txt", "../outside.txt", "/etc/hostname", ".env", "a/.git/config"}) {
    INFO(name);
    const auto text = (*package)->read(name);
    REQUIRE_FALSE(text);
    CHECK((text.error().code == Errc::denied || text.error().code == Errc::not_found));
  }
  CHECK(*(*package)->names() == std::vector<std::string>{"manifest.json"});
}

TEST_CASE("a zip with an entry that leads out of its folder is refused by the entry's name") {
  for (const char* name :
       {"../evil.txt", "a/../../evil.txt", "/etc/evil", "a\\..\\evil", "C:/evil", "a//b", "./a"}) {
    INFO(name);
    const std::string said = refusal(zip_of({{"manifest.json", "{}"}, {name}}));
    CHECK_THAT(said, Catch::Contains("app.zip: the entry '" + std::string(name) + "' is refused"));
  }
}

TEST_CASE("a link, a device or an encrypted entry in a zip is refused") {
  CHECK_THAT(refusal(zip_of({{"l", "/etc/passwd", S_IFLNK | 0777}})),
             Catch::Contains("it is a link"));
  CHECK_THAT(refusal(zip_of({{"d", "", S_IFCHR | 0777}})), Catch::Contains("no plain file"));
  CHECK_THAT(refusal(zip_of({{"e", "text", S_IFREG | 0644, true}})),
             Catch::Contains("the entry 'e' is refused: it is encrypted"));
}

TEST_CASE("a zip that has one name twice is refused") {
  const std::string bytes = with(zip_of({{"a.json", "1"}, {"b.json", "2"}}), "b.json", "a.json");
  CHECK_THAT(refusal(bytes), Catch::Contains("the entry 'a.json' is refused: it is there twice"));
}

TEST_CASE("a zip that unpacks to more than it may is given up while it unpacks") {
  const std::string zeros(8u << 20, '\0');
  PackageLimits limits;
  CHECK_THAT(refusal(zip_of({{"bomb", zeros}})), Catch::Contains("over 200 times its size"));
  limits.ratio_max = 1u << 30;
  limits.file_bytes_max = 1u << 20;
  CHECK_THAT(refusal(zip_of({{"bomb", zeros}}), limits), Catch::Contains("over 1048576 bytes"));
  limits.file_bytes_max = 16u << 20;
  limits.total_bytes_max = 20u << 20;
  CHECK_THAT(refusal(zip_of({{"a", zeros}, {"b", zeros}, {"c", zeros}}), limits),
             Catch::Contains("the entry 'c' is refused: with it the zip unpacks to over"));
  limits.entries_max = 2;
  CHECK_THAT(refusal(zip_of({{"a"}, {"b"}, {"c"}}), limits), Catch::Contains("3 entries"));
}

TEST_CASE("the size that a zip's header gives an entry is not believed") {
  const std::string zeros(8u << 20, '\0');
  // 0x00800000 little-endian, in the local and the central header: it says one byte instead.
  const std::string bytes = with(zip_of({{"bomb", zeros}}), std::string("\x00\x00\x80\x00", 4),
                                 std::string("\x01\x00\x00\x00", 4));
  PackageLimits limits;
  limits.file_bytes_max = 1u << 20;
  const std::string said = refusal(bytes, limits);
  CHECK_THAT(said, Catch::Contains("the entry 'bomb' is refused"));
}

TEST_CASE("a zip that is cut off or none at all is an error and no crash") {
  const std::string bytes = zip_of({{"manifest.json", std::string(5000, 'x')}});
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    CHECK_FALSE(Package::from_zip(bytes.substr(0, size), "app.zip"));
  }
}

TEST_CASE("a zip that is written twice has the same bytes and reads back") {
  const std::map<std::string, std::string> files = {{"manifest.json", "{}"},
                                                    {"cards/a.json", std::string(9000, 'a')}};
  const auto once = yoke::write_zip(files);
  const auto again = yoke::write_zip(files);
  REQUIRE(once);
  REQUIRE(again);
  CHECK(*once == *again);
  const auto package = Package::from_zip(*once, "made.zip");
  REQUIRE(package);
  for (const auto& [name, text] : files) CHECK(*(*package)->read(name) == text);
  CHECK_FALSE(yoke::write_zip({{"../a", "x"}}));
}

TEST_CASE("a reference is read from where it stands and never leads out") {
  CHECK(*yoke::package_path("ai-plugin.json", "./cards/a.json") == "cards/a.json");
  CHECK(*yoke::package_path("x/plugin.json", "../cards/a.json") == "cards/a.json");
  for (const char* reference : {"", "..", "../a", "/a", "a\\b", "http://host/a", "x/../../a"}) {
    INFO(reference);
    const auto path = yoke::package_path("plugin.json", reference);
    REQUIRE_FALSE(path);
    CHECK(path.error().code == Errc::denied);
  }
}
