"""Other ways to show who one is: a provider of identities (OpenID Connect), passkeys (WebAuthn)."""
