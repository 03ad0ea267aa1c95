namespace Sanctum.Credentials;

/// <summary>What of a credential can be there or not. Lists are not among it: an empty one takes a list off.</summary>
[Flags]
public enum CredentialParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><see cref="CredentialInfo.HeaderType"/>.</summary>
    HeaderType = 1,

    /// <summary><see cref="CredentialInfo.Jwt"/>.</summary>
    Jwt = 2,
}
