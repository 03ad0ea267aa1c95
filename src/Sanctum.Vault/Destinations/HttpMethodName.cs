namespace Sanctum.Destinations;

/// <summary>Which methods can be sent. CONNECT would make a tunnel, and TRACE exists to send the request back.</summary>
internal static class HttpMethodName
{
    private const int MaxLength = 20;

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(char.IsAsciiLetterUpper) && name is not ("CONNECT" or "TRACE");
}
