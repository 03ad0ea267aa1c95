using System.Security.Cryptography;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Tests.Operations.Tokens;

namespace Sanctum.Tests.Door;

/// <summary>Tokens that agents have minted, through the vault's own door.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task An_agent_mints_what_the_operator_laid_down_and_it_is_on_the_record()
    {
        await using var test = await TestVault.CreateAsync();
        using var key = RSA.Create(2048);
        await test.StoreAsync("github/app", key.ExportRSAPrivateKeyPem(), new CredentialOptions
        {
            Jwt = new JwtRules { Claims = new Dictionary<string, string> { ["iss"] = "12345" }, AllowedClaims = ["sub"] },
        });
        await test.ReopenAsync();
        await test.AllowAsync(PolicyActions.Use, conditions: new PolicyConditions { AllowedOperations = ["jwt"], AllowedSignAlgorithms = ["rsa-pkcs1-sha256"] });
        var bot = (await test.SignInAsync("bot")).Caller;

        var result = (JwtResult)await test.UseAsync(bot, "github/app", "jwt", """{"claims":{"sub":"canary"},"lifetime":600}""");
        var token = new MintedToken(result);
        Assert.True(token.IsSignedBy(key, RSASignaturePadding.Pkcs1));
        Assert.Equal("12345", token.Payload.GetProperty("iss").GetString());
        Assert.Equal(TestVault.Noon + TimeSpan.FromMinutes(9), result.ExpiresAt);
        var entry = (await test.AuditAsync())[^1];
        Assert.Equal(("use", "jwt", "iss sub iat exp"), (entry.Action, entry.Operation, entry.Details?["claims"]));
        Assert.DoesNotContain(entry.Details!.Values, value => value.Contains("canary", StringComparison.Ordinal) || value.Contains("12345", StringComparison.Ordinal));

        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => test.UseAsync(bot, "github/app", "jwt", """{"algorithm":"PS256"}"""));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => test.UseAsync(bot, "github/app", "sign", """{"data":"x"}"""));
    }
}
