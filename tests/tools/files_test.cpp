#include "tools/broker/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

using yoke::Errc;
using yoke::ProjectFolder;
using yoke::Result;
using yoke::TempFolder;

namespace fs = std::filesystem;

namespace {

std::shared_ptr<const ProjectFolder> opened(const TempFolder& folder) {
  auto result = ProjectFolder::open(folder.path());
  REQUIRE(result);
  return *result;
}

template <class T>
Errc code_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

TEST_CASE("a file is read whole up to the bound, which the refusal names") {
  TempFolder temp;
  temp.write("data/a.txt", "hello");
  const auto folder = opened(temp);
  CHECK(*folder->read("data/a.txt", 5) == "hello");
  const auto refused = folder->read("data/a.txt", 4);
  CHECK(code_of(refused) == Errc::too_large);
  CHECK(refused.error().detail.find("has 5 bytes; fs.read takes at most 4") != std::string::npos);
  CHECK(code_of(folder->read("data/b.txt", 5)) == Errc::not_found);
  CHECK(code_of(folder->read("data", 5)) == Errc::invalid);
}

TEST_CASE("a part of a file ends where the file ends") {
  TempFolder temp;
  temp.write("a.txt", "0123456789");
  const auto folder = opened(temp);
  CHECK(folder->read_part("a.txt", 4, 3)->bytes == "456");
  CHECK(folder->read_part("a.txt", 8, 100)->bytes == "89");
  CHECK(folder->read_part("a.txt", 99, 4)->bytes.empty());
  CHECK(folder->read_part("a.txt", 0, 4)->file_size == 10);
}

TEST_CASE("no symbolic link is followed, at the end of a path or within it") {
  TempFolder temp;
  TempFolder outside;
  outside.write("secret.txt", "outside");
  temp.write("data/real.txt", "inside");
  fs::create_symlink(outside.at("secret.txt"), temp.at("data/link.txt"));
  fs::create_directory_symlink(outside.path(), temp.at("data/folder"));
  fs::create_symlink("real.txt", temp.at("data/inner.txt"));
  const auto folder = opened(temp);
  CHECK(code_of(folder->read("data/link.txt", 100)) == Errc::denied);
  CHECK(code_of(folder->read("data/inner.txt", 100)) == Errc::denied);
  CHECK(code_of(folder->read("data/folder/secret.txt", 100)) == Errc::denied);
  CHECK(code_of(folder->write("data/link.txt", "x")) == Errc::denied);
  CHECK_FALSE(folder->write("data/folder/new.txt", "x"));
  CHECK(code_of(folder->append("data/link.txt", "x", 100)) == Errc::denied);
  CHECK_FALSE(folder->list("data/folder", 10));
  CHECK(code_of(folder->stat("data/link.txt")) == Errc::denied);
  CHECK(outside.read("secret.txt") == "outside");
  CHECK_FALSE(fs::exists(outside.at("new.txt")));
}

TEST_CASE("the kernel itself refuses to leave the folder") {
  TempFolder temp;
  temp.write("data/a.txt", "a");
  const auto folder = opened(temp);
  CHECK(code_of(folder->read(
            "../" + temp.at("data").parent_path().filename().string() + "/data/a.txt", 10)) ==
        Errc::denied);
  CHECK(code_of(folder->read("/etc/hostname", 100)) == Errc::denied);
}

TEST_CASE("files of the kernel are never read, even from the root folder") {
  const auto root = ProjectFolder::open("/");
  REQUIRE(root);
  CHECK(code_of((*root)->read("proc/self/environ", 100)) == Errc::denied);
  CHECK(code_of((*root)->read("proc/version", 1000)) == Errc::denied);
  CHECK(code_of((*root)->read("dev/zero", 100)) == Errc::denied);
}

TEST_CASE("a pipe is no regular file, and opening it does not wait") {
  TempFolder temp;
  REQUIRE(::mkfifo(temp.at("pipe").c_str(), 0600) == 0);
  const auto folder = opened(temp);
  CHECK(code_of(folder->read("pipe", 10)) == Errc::denied);
  CHECK(code_of(folder->write("pipe", "x")) == Errc::denied);
  CHECK(code_of(folder->append("pipe", "x", 10)) == Errc::denied);
}

TEST_CASE("a file with a second name elsewhere is not written") {
  TempFolder temp;
  TempFolder outside;
  outside.write("shared.txt", "before");
  fs::create_hard_link(outside.at("shared.txt"), temp.at("link.txt"));
  const auto folder = opened(temp);
  const auto refused = folder->write("link.txt", "after");
  CHECK(code_of(refused) == Errc::denied);
  CHECK(refused.error().detail.find("hard link") != std::string::npos);
  CHECK(code_of(folder->append("link.txt", "after", 100)) == Errc::denied);
  CHECK(outside.read("shared.txt") == "before");
}

TEST_CASE("writing replaces a file as a whole and leaves nothing else behind") {
  TempFolder temp;
  temp.write("notes/a.txt", "old and longer");
  fs::permissions(temp.at("notes/a.txt"), fs::perms::owner_read | fs::perms::owner_write);
  const auto folder = opened(temp);
  REQUIRE(folder->write("notes/a.txt", "new"));
  CHECK(temp.read("notes/a.txt") == "new");
  CHECK((fs::status(temp.at("notes/a.txt")).permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write));
  REQUIRE(folder->write("notes/b.txt", "b"));
  const auto entries = folder->list("notes", 10);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].name == "a.txt");
  CHECK((*entries)[0].size == 3);
  CHECK((*entries)[1].name == "b.txt");
}

TEST_CASE("appending stops at the bound of the file") {
  TempFolder temp;
  const auto folder = opened(temp);
  REQUIRE(folder->append("log.txt", "12345", 8));
  CHECK(code_of(folder->append("log.txt", "6789", 8)) == Errc::too_large);
  REQUIRE(folder->append("log.txt", "678", 8));
  CHECK(temp.read("log.txt") == "12345678");
}

TEST_CASE("a list hides what belongs to the host and is bounded") {
  TempFolder temp;
  for (const char* name : {"a.txt", ".env", ".git/config", "yoke.lock", "sub/b.txt"}) {
    temp.write(name, "x");
  }
  const auto folder = opened(temp);
  const auto entries = folder->list(".", 10);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].kind == "file");
  CHECK((*entries)[1].name == "sub");
  CHECK((*entries)[1].kind == "folder");
  CHECK(code_of(folder->list(".", 1)) == Errc::too_large);
}

TEST_CASE("a file or an empty folder is removed, a link's target stays") {
  TempFolder temp;
  temp.write("dir/a.txt", "x");
  temp.write("kept.txt", "x");
  fs::create_symlink("kept.txt", temp.at("link.txt"));
  const auto folder = opened(temp);
  CHECK_FALSE(folder->remove("dir"));
  CHECK(folder->remove("dir/a.txt"));
  CHECK(folder->remove("dir"));
  CHECK(folder->remove("link.txt"));
  CHECK(fs::exists(temp.at("kept.txt")));
  CHECK_FALSE(fs::exists(temp.at("dir")));
  CHECK(code_of(folder->remove("dir")) == Errc::not_found);
  CHECK(code_of(folder->remove(".")) == Errc::denied);
}

TEST_CASE("folders are made down to the last one") {
  TempFolder temp;
  const auto folder = opened(temp);
  REQUIRE(folder->make_folder("a/b/c"));
  REQUIRE(folder->make_folder("a/b/c"));
  CHECK(folder->stat("a/b/c")->kind == "folder");
}
