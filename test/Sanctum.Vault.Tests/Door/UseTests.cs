using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>What agents have done with secrets, through the vault's own door.</summary>
public sealed class UseTests : IAsyncLifetime
{
    private const string Secret = "a secret of thirty-two bytes ok!";

    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", Secret);
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Without_a_policy_everything_is_denied_in_the_same_words_whether_it_exists_or_not()
    {
        var there = await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.RetrieveAsync(_bot, "a/b"));
        var notThere = await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.RetrieveAsync(_bot, "a/c"));
        Assert.Equal(there.Message.Replace("a/b", "a/c", StringComparison.Ordinal), notThere.Message);
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => UseAsync("sign", """{"data":"x"}"""));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => UseAsync("no_such_operation"));
    }

    [Fact]
    public async Task What_is_granted_and_not_there_is_not_found()
    {
        await _test.AllowAsync(PolicyActions.Retrieve | PolicyActions.Use);
        await Refused.WithAsync(VaultErrorCode.CredentialNotFound, () => _test.RetrieveAsync(_bot, "a/c"));
        await Refused.WithAsync(VaultErrorCode.CredentialNotFound, () => _test.UseAsync(_bot, "a/c", "sign", """{"data":"x"}"""));
    }

    [Fact]
    public async Task A_header_discloses_the_secret_and_needs_both_grants()
    {
        await _test.AllowAsync(PolicyActions.Use, name: "use");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => UseAsync("http_header"));
        await UseAsync("sign", """{"data":"x"}""");
        await _test.AllowAsync(PolicyActions.Retrieve, name: "retrieve");
        Assert.Equal($"Bearer {Secret}", ((HttpHeaderResult)await UseAsync("http_header")).HeaderValue);
        await _test.Vault.Policies.RemoveAsync(_test.Operator, "use");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => UseAsync("http_header"));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => UseAsync("sign", """{"data":"x"}"""));
    }

    [Theory]
    [InlineData("no_such_operation", "17 characters")]
    [InlineData("sk_live_51HCanary", "17 characters")]
    [InlineData("SIGN", "4 characters")]
    [InlineData("x", "1 character")]
    [InlineData("", "0 characters")]
    [InlineData("\u001b[2J", "4 characters")]
    public async Task An_operation_that_is_not_there_is_unsupported_and_on_the_record_and_its_name_is_not(string operation, string length)
    {
        await _test.AllowAsync(PolicyActions.Use);
        await Refused.WithAsync(VaultErrorCode.UnsupportedOperation, () => UseAsync(operation));
        var entry = (await _test.AuditAsync())[^1];
        Assert.Equal(("use", VaultErrorCode.UnsupportedOperation), (entry.Action, entry.Reason));
        Assert.Matches($"^\\(unknown operation of {length}, [0-9a-f]{{16}}\\)$", entry.Operation);
    }

    [Fact]
    public async Task What_an_older_version_sealed_still_opens_until_the_credential_is_removed()
    {
        await _test.AllowAsync(PolicyActions.Use);
        var ciphertext = ((EncryptResult)await UseAsync("encrypt", """{"data":"hello"}""")).Ciphertext;
        await _test.StoreAsync("a/b", "another secret of enough bytes...");
        await _test.ReopenAsync();
        _bot = (await _test.SignInAsync("bot")).Caller;
        var parameters = $$"""{"data":"{{ciphertext}}"}""";
        Assert.Equal("hello", ((DecryptResult)await UseAsync("decrypt", parameters)).Plaintext);

        await _test.Vault.Credentials.RemoveAsync(_test.Operator, CredentialPath.Parse("a/b"));
        await _test.StoreAsync("a/b", Secret + "2");
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => UseAsync("decrypt", parameters));
    }

    [Fact]
    public async Task A_result_never_prints_what_it_discloses()
    {
        await _test.AllowAsync(PolicyActions.Use | PolicyActions.Retrieve);
        Assert.DoesNotContain(Secret, (await UseAsync("http_header")).ToString(), StringComparison.Ordinal);
        using var retrieved = await _test.Vault.RetrieveAsync(_bot, CredentialPath.Parse("a/b"));
        Assert.DoesNotContain(Secret, $"{retrieved} {retrieved.Secret} {retrieved.Lease} {retrieved.Credential}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_stored_meanwhile_is_used_by_the_next_call()
    {
        await _test.AllowAsync(PolicyActions.Retrieve);
        Assert.Equal(Secret, await _test.RetrieveAsync(_bot, "a/b"));
        await _test.StoreAsync("a/b", "new");
        Assert.Equal("new", await _test.RetrieveAsync(_bot, "a/b"));
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, CredentialPath.Parse("a/b"));
        await _test.StoreAsync("a/b", "newer");
        Assert.Equal("newer", await _test.RetrieveAsync(_bot, "a/b"));
    }

    private Task<OperationResult> UseAsync(string operation, string parameters = "{}") => _test.UseAsync(_bot, "a/b", operation, parameters);
}
