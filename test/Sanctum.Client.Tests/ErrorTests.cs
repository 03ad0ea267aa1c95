namespace Sanctum.Client.Tests;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("AUTH_FAILED", typeof(AuthException))]
    [InlineData("ACCESS_DENIED", typeof(AccessDeniedException))]
    [InlineData("CREDENTIAL_NOT_FOUND", typeof(CredentialNotFoundException))]
    [InlineData("VAULT_LOCKED", typeof(VaultLockedException))]
    [InlineData("LEASE_EXPIRED", typeof(LeaseExpiredException))]
    [InlineData("RATE_LIMITED", typeof(RateLimitedException))]
    [InlineData("QUARANTINED", typeof(QuarantinedException))]
    [InlineData("LEASE_EXHAUSTED", typeof(VaultException))]
    [InlineData("EGRESS_DENIED", typeof(VaultException))]
    [InlineData("INVALID_PARAMS", typeof(VaultException))]
    [InlineData("A_CODE_OF_THE_FUTURE", typeof(VaultException))]
    public async Task Each_code_has_its_exception_with_all_that_the_vault_said(string code, Type type)
    {
        var error = await FailAsync(
            code, ""","detail":"d","suggestion":"s","docs_url":"https://docs/x","context":{"path":"a/b","retry_after":5,"deep":{"x":[1]}}""");
        Assert.IsType(type, error);
        Assert.Equal(
            (code, "refused", "d", "s", "https://docs/x"),
            (error.Code, error.Message, error.Detail, error.Suggestion, error.DocsUrl));
        Assert.Equal("a/b", error.Context["path"].GetString());
        Assert.Equal(1, error.Context["deep"].GetProperty("x")[0].GetInt32());
    }

    [Fact]
    public async Task What_the_vault_did_not_say_is_null_or_empty()
    {
        var error = await FailAsync("ACCESS_DENIED", "");
        Assert.Equal((null, null, null), (error.Detail, error.Suggestion, error.DocsUrl));
        Assert.Empty(error.Context);
    }

    [Theory]
    [InlineData(""","context":{"retry_after":5}""", 5.0)]
    [InlineData(""","context":{"retry_after":0.5}""", 0.5)]
    [InlineData(""","context":{"retry_after":-1}""", null)]
    [InlineData(""","context":{"retry_after":1e300}""", null)]
    [InlineData(""","context":{"retry_after":"soon"}""", null)]
    [InlineData("", null)]
    public async Task A_rate_limit_says_when_to_try_again(string context, double? seconds)
    {
        var limited = Assert.IsType<RateLimitedException>(await FailAsync("RATE_LIMITED", context));
        Assert.Equal(seconds, limited.RetryAfter?.TotalSeconds);
    }

    private static async Task<VaultException> FailAsync(string code, string more)
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("a/b", "data");
        await connection.RefuseAsync(await connection.ReadAsync("use"), code, more);
        return await Assert.ThrowsAnyAsync<VaultException>(() => call);
    }
}
