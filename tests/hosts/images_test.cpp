#include <catch2/catch.hpp>

#include "hosts/app/images.h"
#include "runtime/base/base64.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

const std::string kPng = std::string("\x89PNG\r\n\x1a\n", 8) + "pixels";

class Lab : public Sample {
 public:
  Lab() : server(MockOpenAi::Options{}) {
    write("yoke.toml", read("yoke.toml") + "\n[backends.lab]\npreset = \"openai-compatible\"\n" +
                           "base_url = \"" + server.base_url() + "\"\n");
    write("cat.png", kPng);
  }
  MockOpenAi server;
};

}  // namespace

TEST_CASE("an image is a file, an address or base64, and told by its first bytes") {
  const TempFolder folder;
  folder.write("a.dat", kPng);
  folder.write("b.png", "no picture");
  const auto loaded = load_images({folder.file("a.dat"), "https://example.test/b.jpg",
                                   "data:image/gif;base64," + to_base64("GIF89a...")});
  REQUIRE(loaded.has_value());
  CHECK((*loaded)[0].url == "data:image/png;base64," + to_base64(kPng));
  CHECK((*loaded)[1].url == "https://example.test/b.jpg");
  CHECK((*loaded)[2].media_type == "image/gif");
  const auto text = load_images({folder.file("b.png")});
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().detail.find("it is no PNG, JPEG, GIF or WebP") != std::string::npos);
  CHECK_FALSE(load_images({folder.file("absent.png")}).has_value());
  CHECK_FALSE(load_images({"data:image/png;base64,###"}).has_value());
}

TEST_CASE("an image over the bound is refused before it is read into a request") {
  const TempFolder folder;
  folder.write("big.png", kPng + std::string(kImageBytesMax, 'x'));
  const auto loaded = load_images({folder.file("big.png")});
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().detail.find("it is over 5 MiB") != std::string::npos);
}

TEST_CASE("a model that is known to take no images refuses them before anything is sent") {
  const Lab lab;
  lab.write("yoke.toml",
            lab.read("yoke.toml") + "\n[backends.lab.models.\"echo\"]\nimages = false\n");
  const Ended ended = lab.yoke(
      Args{"run", "--model", "lab/echo", "--image", lab.file("cat.png"), "helper", "Look"});
  CHECK(ended.status == 1);
  CHECK(ended.err.find("'lab/echo' takes no images, as far as is known; name a model that does") !=
        std::string::npos);
  CHECK(lab.server.requests().empty());
}

TEST_CASE("run shows its images to the model, and keeps them in the journal") {
  const Lab lab;
  const Ended ended = lab.yoke(Args{"run", "--model", "lab/echo", "--image", lab.file("cat.png"),
                                    "--image", "https://example.test/b.jpg", "helper", "Look"});
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const auto requests = lab.server.requests();
  REQUIRE(requests.size() == 1);
  const Json& content = member_at(member_at(requests[0], "messages").back(), "content");
  REQUIRE(content.size() == 3);
  const Json& first = member_at(content[1], "image_url");
  CHECK(string_at(first, "url") == "data:image/png;base64," + to_base64(kPng));
  CHECK(lab.yoke(Args{"runs", "replay", "@last"}).status == 0);

  const Ended listed = lab.yoke(Args{"runs", "images", "@last", "--to", lab.file("out")});
  CHECK(listed.out.find("image-1-1  task  image/png, 1 KiB") != std::string::npos);
  CHECK(listed.out.find("image at https://example.test/b.jpg") != std::string::npos);
  CHECK(lab.read("out/image-1-1.png") == kPng);
}

TEST_CASE("an image that is none ends the command with its name and status 2") {
  const Lab lab;
  lab.write("notes.txt", "words");
  const Ended ended = lab.yoke(
      Args{"run", "--model", "lab/echo", "--image", lab.file("notes.txt"), "helper", "Look"});
  CHECK(ended.status == 2);
  CHECK(ended.err.find("notes.txt': it is no PNG, JPEG, GIF or WebP") != std::string::npos);
  CHECK(lab.server.requests().empty());
}

}  // namespace yoke::testing
