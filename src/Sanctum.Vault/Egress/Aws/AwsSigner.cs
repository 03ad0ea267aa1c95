using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Egress.Aws;

/// <summary>AWS Signature Version 4 in headers, over the whole body where the service takes that: AWS General Reference, "Create a signed AWS API request".</summary>
internal static class AwsSigner
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";
    private const string UnsignedBody = "UNSIGNED-PAYLOAD";

    /// <param name="time">the vault's; services accept some minutes of difference to theirs</param>
    public static AwsSignature Sign(AwsCredential credential, AwsScope scope, DateTimeOffset time, AwsRequest request)
    {
        var timestamp = time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var day = timestamp[..8];
        var bodyHash = scope.IsBodyUnsigned ? UnsignedBody : Convert.ToHexStringLower(SHA256.HashData(request.Body.Span));
        List<KeyValuePair<string, string>> headers = [new("X-Amz-Date", timestamp)];
        if (credential.SessionToken is { } token)
        {
            headers.Add(new("X-Amz-Security-Token", Encoding.ASCII.GetString(token.Span)));
        }

        if (scope.WantsBodyHash)
        {
            headers.Add(new("X-Amz-Content-Sha256", bodyHash));
        }

        var canonical = CanonicalRequest.Of(request, headers, scope, bodyHash);
        var signedFor = $"{day}/{scope.Region}/{scope.Service}/{Terminator}";
        var toSign = $"{Algorithm}\n{timestamp}\n{signedFor}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.Text)))}";
        using var key = DeriveKey(credential, scope, day);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key.Span, Encoding.UTF8.GetBytes(toSign)));
        headers.Add(new(
            "Authorization",
            $"{Algorithm} Credential={credential.AccessKeyId}/{signedFor}, SignedHeaders={canonical.SignedHeaders}, Signature={signature}"));
        return new AwsSignature(headers, signature);
    }

    // Each step's key is a secret as well: that of a day, region and service signs whatever goes there on that day.
    private static SecretBytes DeriveKey(AwsCredential credential, AwsScope scope, string day)
    {
        var prefix = "AWS4"u8;
        using var first = new SecretBytes(prefix.Length + credential.SecretKey.Length);
        prefix.CopyTo(first.Writable);
        credential.SecretKey.Span.CopyTo(first.Writable[prefix.Length..]);
        using var ofDay = Mac(first, day);
        using var ofRegion = Mac(ofDay, scope.Region);
        using var ofService = Mac(ofRegion, scope.Service);
        return Mac(ofService, Terminator);
    }

    private static SecretBytes Mac(SecretBytes key, string text)
    {
        var mac = new SecretBytes(HMACSHA256.HashSizeInBytes);
        HMACSHA256.HashData(key.Span, Encoding.UTF8.GetBytes(text), mac.Writable);
        return mac;
    }
}
