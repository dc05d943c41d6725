// Feeds every file of a corpus to the fuzz target, and then mutations of each: bytes changed, cut
// and doubled by a generator with a fixed seed, so that a failure can be repeated.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int mutations_per_file = 20'000;

void feed(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutated(std::string text, std::mt19937& random) {
    const std::string spice(":$#+/% \n\t\0\xff\xc3"
                            "ucr7",
                            16);
    for (auto changes = random() % 6 + 1; changes > 0; --changes) {
        const auto at = text.empty() ? 0 : random() % text.size();
        switch (random() % 4) {
        case 0:
            text.insert(at, 1, spice[random() % spice.size()]);
            break;
        case 1:
            text.erase(at, random() % 8);
            break;
        case 2:
            text.insert(at, text.substr(at, random() % 40));
            break;
        default:
            text.resize(text.empty() ? 1 : text.size());
            text[at] = static_cast<char>(random());
        }
    }
    return text;
}

} // namespace

int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string seed{std::istreambuf_iterator<char>(file), {}};
            std::mt19937 random(1);
            feed(seed);
            for (int round = 0; round < mutations_per_file; ++round) {
                feed(mutated(seed, random));
            }
            ++files;
        }
    }
    std::cout << files << " inputs\n";
    return files > 0 ? 0 : 1;
}
