namespace Sanctum.Policies;

/// <summary>What a policy can grant. A grant of one never implies another.</summary>
[Flags]
public enum PolicyActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Be given the secret itself, on a lease.</summary>
    Retrieve = 1,

    /// <summary>See that the credential exists.</summary>
    List = 2,

    /// <summary>Store a new version.</summary>
    Store = 4,

    /// <summary>Remove it.</summary>
    Delete = 8,

    /// <summary>Have it rotated.</summary>
    Rotate = 16,

    /// <summary>Have the vault do something with it.</summary>
    Use = 32,

    /// <summary>Connect to a host through the vault, unread and without a credential: for resources such as <c>host:*.example.com</c>.</summary>
    Connect = 64,

    /// <summary>Call a tool of a server of the Model Context Protocol, through <c>sanctum mcp wrap</c>: for resources such as <c>tool:github/list_*</c>.</summary>
    Call = 128,
}
