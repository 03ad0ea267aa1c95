using CsCheck;
using Sanctum.Client.Keys;

namespace Sanctum.Client.Tests.Keys;

public sealed class AgentKeyTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static TheoryData<string> Agents => [.. KeyVector.All.Select(vector => vector.Agent)];

    public static TheoryData<string> ProtectedAgents => [.. KeyVector.All.Where(vector => vector.Protected is not null).Select(vector => vector.Agent)];

    [Theory]
    [MemberData(nameof(Agents))]
    public void A_sample_key_file_gives_the_sample_signature(string agent)
    {
        using var directory = new TemporaryDirectory();
        var vector = Find(agent);
        using var key = AgentKey.Load(directory.Write("a.key", vector.Plain));
        Assert.Equal(vector.PublicKey, key.PublicKeyHex);
        Assert.Equal(vector.Signature, Convert.ToHexStringLower(key.Sign(vector.Challenge)));
    }

    [Theory]
    [MemberData(nameof(ProtectedAgents))]
    public void A_sample_protected_key_file_opens_with_its_passphrase(string agent)
    {
        using var directory = new TemporaryDirectory();
        var vector = Find(agent);
        using var key = AgentKey.Load(directory.Write("a.key.enc", vector.Protected!), vector.Passphrase);
        Assert.Equal(vector.Signature, Convert.ToHexStringLower(key.Sign(vector.Challenge)));
    }

    [Theory]
    [MemberData(nameof(ProtectedAgents))]
    public void A_tampered_key_file_does_not_open(string agent)
    {
        using var directory = new TemporaryDirectory();
        var vector = Find(agent);
        var path = directory.Write("a.key.enc", vector.Tampered!);
        IsRefused("can't be decrypted", () => AgentKey.Load(path, vector.Passphrase));
    }

    [Theory]
    [InlineData("passwort")]
    [InlineData("pässwörd-日本誌")]
    [InlineData("pa\u0308sswo\u0308rd-日本語")] // The same to the eye, other bytes: nothing is normalised.
    public void Another_passphrase_does_not_open_it(string passphrase)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("a.key.enc", KeyVector.Unicode.Protected!);
        var refusal = IsRefused("can't be decrypted", () => AgentKey.Load(path, passphrase));
        Assert.DoesNotContain(passphrase, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_protected_file_needs_a_passphrase(string? passphrase)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("a.key.enc", KeyVector.Unicode.Protected!);
        IsRefused("protected by a passphrase", () => AgentKey.Load(path, passphrase));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4a18")]
    [InlineData("zz18fc21d8753be141b1c7eba6a2a5b58844097bf35158eebb9b8221f7d2ea70")]
    [InlineData("4a18fc21d8753be141b1c7eba6a2a5b58844097bf35158eebb9b8221f7d2ea7")]
    [InlineData("4a18fc21d8753be141b1c7eba6a2a5b58844097bf35158eebb9b8221f7d2ea701")]
    [InlineData("4a18fc21d8753be141b1c7eba6a2a5b5 8844097bf35158eebb9b8221f7d2ea7")]
    public void What_is_no_key_file_is_refused_without_being_quoted(string content)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("a.key", content);
        var refusal = IsRefused("neither 64 hex digits", () => AgentKey.Load(path));
        Assert.DoesNotContain("fc21d8753be", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_before_the_digits_is_not_part_of_the_key()
    {
        using var directory = new TemporaryDirectory();
        var digits = new string('a', 64);

        using var expected = AgentKey.Load(directory.Write("plain.key", digits));
        using var read = AgentKey.Load(directory.Write("marked.key", $"\uFEFF{digits}\r\n"));

        Assert.Equal(expected.PublicKeyHex, read.PublicKeyHex);
    }

    [Fact]
    public void A_huge_file_is_refused()
    {
        using var directory = new TemporaryDirectory();
        IsRefused("neither 64 hex digits", () => AgentKey.Load(directory.Write("a.key", new string('a', 100_000))));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["none.key"];
        Assert.Contains(path, IsRefused("does not exist", () => AgentKey.Load(path)).Message, StringComparison.Ordinal);
        IsRefused("does not exist", () => AgentKey.Load(directory["none/none.key"]));
        IsRefused("is not a regular file", () => AgentKey.Load(directory.Root));
    }

    [Theory]
    [InlineData("  \t{0}\r\n\n")]
    [InlineData("{0}")]
    public void White_space_around_the_digits_and_their_case_do_not_matter(string form)
    {
        using var directory = new TemporaryDirectory();
        var digits = KeyVector.Research.Plain.Trim().ToUpperInvariant();
        using var key = AgentKey.Load(directory.Write("a.key", form.Replace("{0}", digits, StringComparison.Ordinal)));
        Assert.Equal(KeyVector.Research.PublicKey, key.PublicKeyHex);
    }

    [Fact]
    public void A_link_to_a_key_file_is_followed()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("real", KeyVector.Research.Plain);
        File.CreateSymbolicLink(directory["a.key"], directory["real"]);
        using var key = AgentKey.Load(directory["a.key"]);
        Assert.Equal(KeyVector.Research.PublicKey, key.PublicKeyHex);
    }

    [Fact]
    public void A_saved_key_is_64_digits_that_only_its_owner_may_read()
    {
        using var directory = new TemporaryDirectory();
        using var key = AgentKey.Generate();
        var path = directory["keys/sub/a.key"];
        key.Save(path);

        Assert.Equal(65, File.ReadAllText(path).Length);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(directory["keys"]));
        using var loaded = AgentKey.Load(path);
        Assert.Equal(key.PublicKeyHex, loaded.PublicKeyHex);
    }

    [Fact]
    public void A_key_saved_under_a_passphrase_opens_with_it_and_does_not_hold_the_seed()
    {
        using var directory = new TemporaryDirectory();
        using var key = AgentKey.FromSeed(Convert.FromHexString(KeyVector.Research.Plain.Trim()));
        var path = directory["a.key.enc"];
        key.SaveProtected(path, "pässwörd");

        var content = File.ReadAllText(path);
        Assert.Equal(177, content.Length);
        Assert.DoesNotContain(KeyVector.Research.Plain.Trim(), content, StringComparison.Ordinal);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        using var loaded = AgentKey.Load(path, "pässwörd");
        Assert.Equal(KeyVector.Research.PublicKey, loaded.PublicKeyHex);
    }

    [Fact]
    public void Two_protected_files_of_one_key_have_nothing_in_common()
    {
        using var directory = new TemporaryDirectory();
        using var key = AgentKey.Generate();
        key.SaveProtected(directory["a"], "p");
        key.SaveProtected(directory["b"], "p");
        var (a, b) = (File.ReadAllText(directory["a"]), File.ReadAllText(directory["b"]));
        Assert.NotEqual(a[..32], b[..32]);
        Assert.NotEqual(a[32..80], b[32..80]);
        Assert.NotEqual(a[80..], b[80..]);
    }

    [Fact]
    public void Nothing_that_exists_is_overwritten()
    {
        using var directory = new TemporaryDirectory();
        using var key = AgentKey.Generate();
        var path = directory.Write("a.key", "precious");
        Assert.Throws<IOException>(() => key.Save(path));
        Assert.Throws<IOException>(() => key.SaveProtected(path, "p"));
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public void A_link_is_not_written_through_even_where_it_leads_nowhere()
    {
        using var directory = new TemporaryDirectory();
        using var key = AgentKey.Generate();
        File.CreateSymbolicLink(directory["a.key"], directory["elsewhere"]);
        Assert.Throws<IOException>(() => key.Save(directory["a.key"]));
        Assert.False(File.Exists(directory["elsewhere"]));
    }

    [Fact]
    public void Any_seed_survives_both_kinds_of_file() => Gen.Select(Gen.Byte.Array[32], Gen.String[1, 30]).Sample(
        (seed, passphrase) =>
        {
            using var directory = new TemporaryDirectory();
            using var key = AgentKey.FromSeed(seed);
            key.Save(directory["plain"]);
            key.SaveProtected(directory["protected"], passphrase);
            using var plain = AgentKey.Load(directory["plain"]);
            using var opened = AgentKey.Load(directory["protected"], passphrase);
            Assert.Equal((key.PublicKeyHex, key.PublicKeyHex), (plain.PublicKeyHex, opened.PublicKeyHex));
        },
        iter: 5);

    [Fact]
    public void Keys_are_new_each_time_and_print_only_their_public_half()
    {
        using var one = AgentKey.Generate();
        using var other = AgentKey.Generate();
        Assert.NotEqual(one.PublicKeyHex, other.PublicKeyHex);
        Assert.Equal($"Ed25519 {one.PublicKeyHex}", one.ToString());
        Assert.Throws<ArgumentException>(() => AgentKey.FromSeed(new byte[31]));
    }

    private static KeyVector Find(string agent) => KeyVector.All.Single(vector => vector.Agent == agent);

    private static AuthException IsRefused(string why, Action load)
    {
        var refusal = Assert.Throws<AuthException>(load);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}
