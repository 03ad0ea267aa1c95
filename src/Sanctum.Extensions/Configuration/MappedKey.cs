namespace Sanctum.Extensions.Configuration;

/// <summary>A key of the configuration whose value is made from a credential.</summary>
/// <param name="Key">The configuration's key.</param>
/// <param name="Path">The credential's path.</param>
/// <param name="Format">Makes the value from the secret.</param>
internal sealed record MappedKey(string Key, string Path, Func<string, string> Format)
{
    /// <summary>The value. What the function throws is not passed on, as its message can quote the secret.</summary>
    /// <exception cref="InvalidOperationException">The function failed.</exception>
    public string ValueOf(string secret)
    {
        try
        {
            return Format(secret);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"the function that makes the value of {Key} failed with {failure.GetType().Name}");
        }
    }
}
