namespace Sanctum.Leases;

/// <summary>How a secret is going to be delivered. What does not fit the form is refused before there is a lease.</summary>
public enum RetrievalForm
{
    /// <summary>As bytes, within the process: anything fits.</summary>
    Bytes,

    /// <summary>As hex digits in a reply of at most <see cref="VaultOptions.MaxResultBytes"/>.</summary>
    Hex,

    /// <summary>As a JSON string in a reply of at most <see cref="VaultOptions.MaxResultBytes"/>: the secret must be UTF-8.</summary>
    Text,
}
