namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>RFC 8032, section 7.1, TEST 2: the message is the one byte <c>r</c>.</summary>
internal static class Rfc8032
{
    public static byte[] Signature { get; } = Convert.FromHexString(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}
