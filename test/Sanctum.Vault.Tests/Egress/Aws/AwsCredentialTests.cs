using System.Text;
using Sanctum.Egress.Aws;

namespace Sanctum.Tests.Egress.Aws;

public sealed class AwsCredentialTests
{
    [Theory]
    [InlineData("AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null)]
    [InlineData("ASIA_1:secret:to/k+en==", "ASIA_1", "secret", "to/k+en==")]
    [InlineData("minio-user.1:~!", "minio-user.1", "~!", null)]
    public void An_access_key_is_read_with_or_without_a_session_token(string secret, string id, string secretKey, string? token)
    {
        using var credential = Parse(secret);
        Assert.Equal(id, credential.AccessKeyId);
        Assert.Equal(secretKey, Encoding.ASCII.GetString(credential.SecretKey.Span));
        Assert.Equal(token, credential.SessionToken is { } read ? Encoding.ASCII.GetString(read.Span) : null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AKIDEXAMPLE")]
    [InlineData(":secret")]
    [InlineData("AKID:")]
    [InlineData("AKID::token")]
    [InlineData("AKID:secret:")]
    [InlineData("AKID:canary:token:more")]
    [InlineData("AKID:canary:token:more:parts")]
    [InlineData("AKID:canary\n")]
    [InlineData("AKID:canary:token\r\n")]
    [InlineData(" AKID:canary")]
    [InlineData("AKID: canary")]
    [InlineData("AKID:ca nary")]
    [InlineData("AK/ID:canary")]
    [InlineData("AK,ID:canary")]
    [InlineData("AKÏD:canary")]
    [InlineData("AKID:canäry")]
    [InlineData("AKID:canary:tokén")]
    [InlineData("AKID:canary\u007f")]
    public void What_is_none_is_refused_without_repeating_it(string secret)
    {
        var refused = Assert.Throws<VaultException>(() => { Parse(secret).Dispose(); });
        Assert.Equal(VaultErrorCode.UnsupportedOperation, refused.Code);
        Assert.Contains("ACCESS_KEY_ID:SECRET_ACCESS_KEY", refused.Suggestion, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void An_access_key_id_has_a_longest_length(int length, bool accepted) =>
        Assert.Equal(accepted, Record.Exception(() => { Parse(new string('A', length) + ":secret").Dispose(); }) is null);

    [Theory]
    [InlineData("AKID:secret", "secret")]
    [InlineData("AKID:secret:token", "secret,token")]
    public void The_secret_key_and_the_token_must_not_come_back(string secret, string parts)
    {
        using var credential = Parse(secret);
        Assert.Equal(parts, string.Join(',', credential.SecretParts.Select(part => Encoding.ASCII.GetString(part.Span))));
    }

    [Fact]
    public void Its_secrets_are_gone_with_it()
    {
        var credential = Parse("AKID:secret:token");
        credential.Dispose();
        Assert.All(credential.SecretParts, part => Assert.Throws<ObjectDisposedException>(() => { _ = part.Span; }));
    }

    private static AwsCredential Parse(string secret) => AwsCredential.Parse(Encoding.UTF8.GetBytes(secret));
}
