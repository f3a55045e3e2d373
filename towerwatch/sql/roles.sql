-- name: role_exists
-- Whether a role is there.
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s);

-- name: create_role
-- A role that may log in and nothing else; rights come from the migrations.
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;

-- name: set_password
-- The password of a role, stored as a scram verifier.
ALTER ROLE {role} PASSWORD {password};

-- name: set_limit
-- A setting that every session of a role begins with.
ALTER ROLE {role} SET {setting} = {value};

-- name: database_exists
-- Whether a database is there.
SELECT EXISTS (SELECT FROM pg_database WHERE datname = %(name)s);

-- name: create_database
-- An empty database of its owner.
CREATE DATABASE {name} OWNER {owner};

-- name: clone_database
-- A copy of a template that nobody is connected to.
CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY file_copy;

-- name: drop_database
-- A database and every connection to it, gone.
DROP DATABASE IF EXISTS {name} WITH (FORCE);

-- name: close_database_to_public
-- Nobody connects who was not let in.
REVOKE ALL ON DATABASE {name} FROM PUBLIC;

-- name: admit_role
-- A role may connect.
GRANT CONNECT ON DATABASE {name} TO {role};

-- name: server_version
-- What answers, as people say it.
SELECT current_setting('server_version');
