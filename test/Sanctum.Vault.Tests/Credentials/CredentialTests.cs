using System.Text;
using Sanctum.Credentials;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;
using static Sanctum.Tests.Operations.Signing.SignVerifyTests;

namespace Sanctum.Tests.Credentials;

public sealed class CredentialTests : IAsyncLifetime
{
    private TestVault _test = null!;

    public async ValueTask InitializeAsync() => _test = await TestVault.CreateAsync();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Storing_again_makes_a_version_and_leaves_what_was_not_said()
    {
        var first = await _test.StoreAsync("a/b", "one", new() { Type = "token", Description = "d", Tags = ["x"], Hosts = ["h.example"], HeaderType = "basic" });
        _test.Time.Advance(TimeSpan.FromDays(1));
        var second = await _test.StoreAsync("a/b", "two", new() { Description = "", Tags = ["y", "z"] });

        Assert.Equal((1, 2), (first.Version, second.Version));
        Assert.Equal(("token", "", "basic"), (second.Type, second.Description, second.HeaderType));
        Assert.Equal(["y", "z"], second.Tags);
        Assert.Equal(["h.example"], second.Hosts);
        Assert.Equal((TestVault.Noon, TestVault.Noon.AddDays(1)), (second.CreatedAt, second.UpdatedAt));
        Assert.Equal("two", await GetAsync("a/b"));
        await _test.ReopenAsync();
        Assert.Equivalent(second, Assert.Single(await ListAsync()), strict: true);
        Assert.Equal("two", await GetAsync("a/b"));
    }

    [Fact]
    public async Task What_was_said_can_be_taken_off_again()
    {
        await _test.StoreAsync("a/b", Ec(key => key.ExportPkcs8PrivateKeyPem()), new()
        {
            Tags = ["x"], Hosts = ["h.example"], AllowedOrigins = ["http://127.0.0.1:8080"], Methods = ["GET"], Paths = ["/v1/*"], HeaderType = "bearer", Jwt = new(),
        });
        var kept = await _test.StoreAsync("a/b", "two", new() { Hosts = [], Clear = CredentialParts.Jwt });
        Assert.Equal(("bearer", null), (kept.HeaderType, kept.Jwt));
        Assert.Empty(kept.Hosts);
        Assert.Equal(["http://127.0.0.1:8080"], kept.AllowedOrigins);

        var bare = await _test.StoreAsync("a/b", "three", new() { Tags = [], AllowedOrigins = [], Methods = [], Paths = [], Clear = CredentialParts.HeaderType });
        Assert.Null(bare.HeaderType);
        Assert.Empty(bare.Tags.Concat(bare.AllowedOrigins).Concat(bare.Methods).Concat(bare.Paths));
        await _test.ReopenAsync();
        Assert.Equivalent(bare, Assert.Single(await ListAsync()), strict: true);
    }

    [Fact]
    public async Task What_is_taken_off_is_not_given_as_well()
    {
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.StoreAsync("a/b", "one", new() { HeaderType = "bearer", Clear = CredentialParts.HeaderType }));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.StoreAsync("a/b", "one", new() { Jwt = new(), Clear = CredentialParts.Jwt }));
    }

    [Fact]
    public async Task Removing_takes_all_versions_and_what_comes_after_begins_at_one()
    {
        await _test.StoreAsync("a/b", "one");
        await _test.StoreAsync("a/b", "two");
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, CredentialPath.Parse("a/b"));
        Assert.Empty(_test.Store.KeysOf(Collections.Secrets));
        await Refused.WithAsync(VaultErrorCode.CredentialNotFound, () => GetAsync("a/b"));
        await Refused.WithAsync(
            VaultErrorCode.CredentialNotFound, () => _test.Vault.Credentials.RemoveAsync(_test.Operator, CredentialPath.Parse("a/b")));
        Assert.Equal(1, (await _test.StoreAsync("a/b", "three")).Version);
        await _test.ReopenAsync();
        Assert.Equal("three", await GetAsync("a/b"));
    }

    [Fact]
    public async Task Any_bytes_can_be_a_secret_up_to_a_mebibyte()
    {
        var path = CredentialPath.Parse("a/b");
        var secret = Enumerable.Range(0, 1024 * 1024).Select(i => (byte)(i * 7)).ToArray();
        await _test.Vault.Credentials.StoreAsync(_test.Operator, path, secret);
        using var opened = await _test.Vault.Credentials.GetAsync(_test.Operator, path);
        Assert.Equal(secret, opened.Span);
        await Refused.WithAsync(
            VaultErrorCode.InvalidParams, () => _test.Vault.Credentials.StoreAsync(_test.Operator, path, new byte[(1024 * 1024) + 1]));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.Credentials.StoreAsync(_test.Operator, path, default));
    }

    public static TheoryData<string, bool> Types => new()
    {
        { "api_key", true }, { "a", true }, { new string('a', 32), true },
        { "", false }, { "A", false }, { "a b", false }, { "é", false }, { new string('a', 33), false },
    };

    public static TheoryData<string, bool> Hosts => new()
    {
        { "api.example.com", true }, { "localhost", false }, { "a-b.example:8443", true }, { "127.0.0.1", false }, { "203.0.114.1", true }, { "h:65535", true },
        { "xn--bcher-kva.example", true }, { new string('a', 63) + ".example", true },
        { "", false }, { "API.example.com", false }, { "https://h", false }, { "h/", false }, { "h:", false }, { "h:0", false },
        { "h:65536", false }, { "h:+1", false }, { "h:01", false }, { ":443", false }, { ".h", false }, { "h.", false }, { "h..i", false },
        { "-h", false }, { "h-", false }, { "*.h", false }, { "h i", false }, { "bücher.example", false }, { "u@h", false }, { "[::1]", false },
        { new string('a', 64), false },
    };

    public static TheoryData<string, bool> HeaderTypes => new()
    {
        { "bearer", true }, { "api_key", true }, { "basic", true }, { "custom:X-Key", true },
        { "custom", false }, { "custom:", false }, { "custom:a b", false }, { "custom:a:b", false }, { "custom:a\r\nb", false },
        { "Bearer", false }, { "", false }, { "custom:é", false },
    };

    public static TheoryData<string, bool> Tags => new()
    {
        { "x", true }, { "ö", true }, { "😀", true }, { new string('x', 64), true },
        { "", false }, { "a b", false }, { "a\nb", false }, { "\u2028", false }, { "a\ud83d", false }, { "\ude00a", false }, { new string('x', 65), false },
    };

    public static TheoryData<string, bool> Descriptions => new()
    {
        { "", true }, { "Käse, für 😀", true }, { new string('x', 1024), true },
        { "two\nlines", false }, { "two\u2028lines", false }, { "\u001b[2J", false }, { "half \ud83d", false }, { new string('x', 1025), false },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public Task A_type_is_taken_or_refused_by_its_rule(string type, bool good) => TakesAsync(new() { Type = type }, good, "type");

    [Theory]
    [MemberData(nameof(Hosts))]
    public Task A_host_is_taken_or_refused_by_its_rule(string host, bool good) => TakesAsync(new() { Hosts = [host] }, good, "hosts");

    [Theory]
    [MemberData(nameof(HeaderTypes))]
    public Task A_header_type_is_taken_or_refused_by_its_rule(string headerType, bool good) => TakesAsync(new() { HeaderType = headerType }, good, "header_type");

    [Theory]
    [MemberData(nameof(Tags))]
    public Task A_tag_is_taken_or_refused_by_its_rule(string tag, bool good) => TakesAsync(new() { Tags = [tag] }, good, "tags");

    [Theory]
    [MemberData(nameof(Descriptions))]
    public Task A_description_is_taken_or_refused_by_its_rule(string description, bool good) => TakesAsync(new() { Description = description }, good, "description");

    [Fact]
    public async Task Lists_have_their_ends_and_no_holes()
    {
        await TakesAsync(new() { Tags = [.. Enumerable.Range(0, 33).Select(i => $"t{i}")] }, false, "tags");
        await TakesAsync(new() { Hosts = [.. Enumerable.Range(0, 65).Select(i => $"h{i}")] }, false, "hosts");
        await TakesAsync(new() { Tags = [null!] }, false, "tags");
        await TakesAsync(new() { Hosts = [null!] }, false, "hosts");
    }

    [Fact]
    public async Task A_list_that_is_changed_after_storing_changes_nothing()
    {
        List<string> hosts = ["h.example"];
        await _test.StoreAsync("a/b", options: new() { Hosts = hosts });
        hosts[0] = "evil.example";
        Assert.Equal(["h.example"], Assert.Single(await ListAsync()).Hosts);
    }

    [Fact]
    public async Task Operators_list_by_type_and_tag_in_ordinal_order()
    {
        await _test.StoreAsync("b", options: new() { Type = "t", Tags = ["x"] });
        await _test.StoreAsync("a/b", options: new() { Type = "t" });
        await _test.StoreAsync("B", options: new() { Tags = ["x", "y"] });
        string[] Paths(IReadOnlyList<CredentialInfo> infos) => [.. infos.Select(info => info.Path.Value)];
        Assert.Equal(["B", "a/b", "b"], Paths(await ListAsync()));
        Assert.Equal(["a/b", "b"], Paths(await _test.Vault.Credentials.ListAsync(_test.Operator, type: "t")));
        Assert.Equal(["B", "b"], Paths(await _test.Vault.Credentials.ListAsync(_test.Operator, tag: "x")));
        Assert.Equal(["b"], Paths(await _test.Vault.Credentials.ListAsync(_test.Operator, "t", "x")));
    }

    [Fact]
    public async Task A_credential_stored_while_others_list_is_in_the_next_list()
    {
        using var stop = new CancellationTokenSource();
        var listing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await ListAsync();
            }
        });
        for (var i = 0; i < 500; i++)
        {
            await _test.StoreAsync($"path/{i}");
            Assert.Equal(i + 1, (await ListAsync()).Count);
        }

        await stop.CancelAsync();
        await listing.InTime();
    }

    [Fact]
    public async Task A_secret_whose_record_is_gone_is_damage_and_not_absence()
    {
        await _test.StoreAsync("a/b");
        var record = _test.Store.Records[_test.Store.KeysOf(Collections.Secrets).Single()];
        _test.Store.Records.Remove(record.Key);
        await Refused.WithAsync(VaultErrorCode.CredentialDamaged, () => GetAsync("a/b"));
        _test.Store.Records.Add(record.Key, record);
    }

    private async Task TakesAsync(CredentialOptions options, bool good, string member)
    {
        if (good)
        {
            var stored = await _test.StoreAsync("a/b", options: options);
            await _test.ReopenAsync();
            Assert.Equivalent(stored, Assert.Single(await ListAsync()), strict: true);
            return;
        }

        var refusal = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.StoreAsync("a/b", options: options));
        Assert.Equal(member, refusal.Context!["member"]);
        Assert.Empty(await ListAsync());
    }

    private Task<IReadOnlyList<CredentialInfo>> ListAsync() => _test.Vault.Credentials.ListAsync(_test.Operator);

    private async Task<string> GetAsync(string path)
    {
        using var secret = await _test.Vault.Credentials.GetAsync(_test.Operator, CredentialPath.Parse(path));
        return Encoding.UTF8.GetString(secret.Span);
    }
}
