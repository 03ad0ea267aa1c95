using System.Runtime.CompilerServices;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Rpc;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Tests.Rpc;

public sealed class ErrorTests
{
    private static readonly RpcErrors Errors = new("https://example.org/docs");

    [Theory]
    [InlineData(VaultErrorCode.AuthFailed, "AUTH_FAILED")]
    [InlineData(VaultErrorCode.AccessDenied, "ACCESS_DENIED")]
    [InlineData(VaultErrorCode.CredentialNotFound, "CREDENTIAL_NOT_FOUND")]
    [InlineData(VaultErrorCode.VaultLocked, "VAULT_LOCKED")]
    [InlineData(VaultErrorCode.LeaseExpired, "LEASE_EXPIRED")]
    [InlineData(VaultErrorCode.LeaseExhausted, "LEASE_EXHAUSTED")]
    [InlineData(VaultErrorCode.Quarantined, "QUARANTINED")]
    [InlineData(VaultErrorCode.DelegationDenied, "DELEGATION_DENIED")]
    [InlineData(VaultErrorCode.RateLimited, "RATE_LIMITED")]
    [InlineData(VaultErrorCode.SessionExpired, "SESSION_EXPIRED")]
    [InlineData(VaultErrorCode.EgressDenied, "EGRESS_DENIED")]
    [InlineData(VaultErrorCode.UpstreamFailed, "UPSTREAM_FAILED")]
    [InlineData(VaultErrorCode.ApprovalRequired, "APPROVAL_REQUIRED")]
    [InlineData(VaultErrorCode.InvalidParams, "INVALID_PARAMS")]
    [InlineData(VaultErrorCode.UnsupportedOperation, "UNSUPPORTED_OPERATION")]
    [InlineData(VaultErrorCode.ResponseTooLarge, "RESPONSE_TOO_LARGE")]
    [InlineData(VaultErrorCode.CredentialDamaged, "CREDENTIAL_DAMAGED")]
    [InlineData(VaultErrorCode.NotFound, "INTERNAL_ERROR")]
    [InlineData(VaultErrorCode.Conflict, "INTERNAL_ERROR")]
    [InlineData(VaultErrorCode.Damaged, "INTERNAL_ERROR")]
    [InlineData(VaultErrorCode.UnsupportedVersion, "INTERNAL_ERROR")]
    [InlineData(VaultErrorCode.StorageFailed, "INTERNAL_ERROR")]
    public void Every_code_of_the_vault_has_its_code_on_the_wire(VaultErrorCode code, string wire)
    {
        var error = Errors.From(Make(code, "said", "detail", "do this", new Dictionary<string, object> { ["retry_after"] = 5L }), "c-1");

        Assert.Equal(wire, error.Code);
        Assert.Equal($"https://example.org/docs/errors.md#{wire.ToLowerInvariant()}", error.DocsUrl);
        if (wire != ErrorCode.InternalError)
        {
            Assert.Equal(("said", "detail", "do this"), (error.Message, error.Detail, error.Suggestion));
            Assert.Equal(5, error.Context!.Value.GetProperty("retry_after").GetInt64());
        }
    }

    [Fact]
    public void There_is_always_a_detail_because_the_published_clients_examples_show_it_alone()
    {
        Assert.Equal("said", Errors.From(Make(VaultErrorCode.EgressDenied, "said", null, "do this", null), "c-1").Detail);
        Assert.Equal("more", Errors.From(Make(VaultErrorCode.EgressDenied, "said", "more", "do this", null), "c-1").Detail);
        Assert.All(
            [Errors.From(RpcErrors.Locked(), "c-1"), Errors.From(new InvalidOperationException(), "c-1")],
            error => Assert.Equal(error.Message, error.Detail));
    }

    [Fact]
    public void Who_calls_a_method_that_is_not_there_is_told_which_are()
    {
        var suggestion = RpcErrors.UnknownMethod().Error.Suggestion!;

        Assert.All(RpcMethods.All, method => Assert.Contains($" {method.Name}", suggestion, StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_above_has_all_codes_of_the_vault() => Assert.Equal(23, Enum.GetValues<VaultErrorCode>().Length);

    [Fact]
    public void What_nobody_expected_says_nothing_but_where_to_look()
    {
        var error = Errors.From(new InvalidOperationException("CANARY /home/someone SELECT"), "c-9");

        Assert.Equal("INTERNAL_ERROR", error.Code);
        Assert.Equal("c-9", error.Context!.Value.GetProperty("request_id").GetString());
        Assert.DoesNotContain("CANARY", error.ToString(), StringComparison.Ordinal);
        Assert.False(RpcErrors.IsExpected(new InvalidOperationException()));
    }

    [Fact]
    public void Every_code_of_the_wire_has_its_page()
    {
        var page = File.ReadAllText(Path.Join(AppContext.BaseDirectory, "errors.md"));
        var ofOperators = typeof(OperatorErrors).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
        VaultErrorCode[] ofVaults = [VaultErrorCode.NotFound, VaultErrorCode.Conflict, VaultErrorCode.Damaged, VaultErrorCode.StorageFailed, VaultErrorCode.UnsupportedVersion];
        foreach (var code in typeof(ErrorCode).GetFields().Select(field => (string)field.GetRawConstantValue()!).Concat(ofOperators).Concat(ofVaults.Select(OperatorErrors.Code)))
        {
            Assert.Contains($"\n## {code}\n", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Errors_name_their_causes_over_the_wire()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var denied = await wire.RefusedAsync("retrieve", """{"path":"other/key"}""");
        var absent = await wire.RefusedAsync("retrieve", """{"path":"app/none"}""");
        var unknown = await wire.RefusedAsync("use", """{"path":"app/api_key","operation":"fly"}""");

        Assert.Equal("ACCESS_DENIED", denied.GetProperty("code").GetString());
        Assert.Equal("CREDENTIAL_NOT_FOUND", absent.GetProperty("code").GetString());
        Assert.Equal("UNSUPPORTED_OPERATION", unknown.GetProperty("code").GetString());
        Assert.All([denied, absent, unknown], error =>
        {
            Assert.NotEqual("", error.GetProperty("suggestion").GetString());
            Assert.Equal($"docs/errors.md#{error.GetProperty("code").GetString()!.ToLowerInvariant()}", error.GetProperty("docs_url").GetString());
        });
    }

    [Fact]
    public async Task A_list_that_fits_no_frame_is_refused_and_not_cut()
    {
        await using var vault = await VaultFixture.CreateAsync(async (vault, by) =>
        {
            // 4 MiB in descriptions alone; stored side by side, since each store is a write to the disk.
            await Task.WhenAll(Enumerable.Range(0, 4200).Select(i => vault.Credentials.StoreAsync(
                by,
                Credentials.CredentialPath.Parse($"app/many/{i}"),
                new byte[] { 1 },
                new Credentials.CredentialOptions { Description = new string('d', 1000) })));
        });
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        Assert.Equal("RESPONSE_TOO_LARGE", await wire.CodeAsync("credential.list"));
        await wire.CallAsync("list", """{"prefix":"app/many/","limit":10}""");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern VaultException Make(
        VaultErrorCode code,
        string message,
        string? detail = null,
        string? suggestion = null,
        IReadOnlyDictionary<string, object>? context = null,
        Exception? inner = null);
}
